/** What a call of vzdump does, on the command line or by the scheduler. Source: API2/VZDump.pm. */
import type { Context } from '../../commands/define.js';
import type { Output } from '../../commands/output.js';
import { parsePools } from '../../config/user-pools.js';
import { ParamError, PaveError } from '../../errors.js';
import { findGuest, listGuests } from '../../guest/find.js';
import { stderrIsTty, stdoutIsTty, writeErr } from '../../host/stdio.js';
import { runTask } from '../../task/run.js';
import { commandLine } from './command-line.js';
import { includedGuests } from './guests.js';
import { runBackupJob } from './job.js';
import { stopRunningBackup } from './lock.js';
import { type GivenOptions, readOptions, type Settings } from './settings.js';

export type VzdumpInput = GivenOptions & {
  vmid?: string | undefined;
  'job-id'?: string | undefined;
  stdout?: boolean | undefined;
};

export interface RunHooks {
  /** Told the task's name as soon as there is one. */
  started?: (upid: string) => Promise<void> | void;
}

/** Gives whether there was anything to do here. @throws PaveError, also when one guest failed */
export async function runVzdump(
  ctx: Context,
  input: VzdumpInput,
  hooks: RunHooks = {},
): Promise<boolean> {
  const { node } = ctx.host;
  const { vmid, stdout, 'job-id': jobId, ...given } = input;
  if (input.node !== undefined && input.node !== node) return false;
  const { here, elsewhere } = guestsOf(ctx, input);
  if (input.stop) {
    await stopRunningBackup(ctx.host);
    if (here.length === 0) return false;
  }
  if (here.length === 0 && !input.all && input.exclude === undefined) return false;
  const called = readOptions(given);
  if (input.vmid && jobId === undefined) refuseUseless(ctx, called, here);
  if (stdout) checkStdout(here);
  const out = outputOf(ctx.out, { quiet: input.quiet === true, stdout: stdout === true });
  const options = { type: 'vzdump', ...(here.length === 1 ? { id: here[0]! } : {}) };
  await runTask({ ...ctx, out }, options, async (task) => {
    await hooks.started?.(task.upid);
    await runBackupJob(task, {
      called,
      vmids: here,
      skipped: elsewhere,
      command: commandLine(input),
      jobId,
      stdout: stdout ? 1 : undefined,
    });
  });
  return true;
}

/** Guests of this node and those that exist nowhere, which fail visibly; and those of other nodes. */
function guestsOf(ctx: Context, input: VzdumpInput): { here: number[]; elsewhere: number[] } {
  const all = input.all === true || (input.exclude !== undefined && input.pool === undefined);
  const known = {
    nodeOf: new Map(listGuests(ctx.store).map(({ vmid, node }) => [vmid, node])),
    pools:
      input.pool === undefined
        ? new Map<string, number[]>()
        : new Map(
            [...parsePools(ctx.store.read('user.cfg') ?? '')].map(([id, pool]) => [
              id,
              pool.guests,
            ]),
          ),
  };
  const byNode = includedGuests({ ...input, all }, known);
  const here = [...(byNode.get(ctx.host.node) ?? []), ...(byNode.get('') ?? [])];
  const elsewhere = [...byNode].flatMap(([node, ids]) =>
    node === ctx.host.node || node === '' ? [] : ids,
  );
  return { here: here.sort((a, b) => a - b), elsewhere };
}

/**
 * Who names virtual machines and paths to leave out means that these stay out of the backup, which
 * cannot be. In a job or vzdump.conf, or for all guests, such an option is for the containers.
 */
function refuseUseless(ctx: Context, called: Partial<Settings>, vmids: readonly number[]): void {
  if (vmids.some((vmid) => findGuest(ctx.store, vmid)?.kind === 'lxc')) return;
  const errors: Record<string, string> = {};
  const whole = 'a virtual machine is backed up disk by disk';
  if (called['exclude-path'] !== undefined)
    errors['exclude-path'] = `for containers only: ${whole} (backup=0 leaves a disk out)`;
  if (called.stdexcludes === true)
    errors.stdexcludes = `for containers only: ${whole}, temporary files too`;
  if (called['pbs-change-detection-mode'] !== undefined)
    errors['pbs-change-detection-mode'] = 'for containers on a Proxmox Backup Server only';
  if (called.performance?.['pbs-entries-max'] !== undefined)
    errors['performance.pbs-entries-max'] = 'for containers on a Proxmox Backup Server only';
  if (Object.keys(errors).length > 0) throw new ParamError(errors);
}

function checkStdout(vmids: readonly number[]): void {
  if (vmids.length !== 1)
    throw new PaveError('you can only backup a single VM with option --stdout');
  if (stdoutIsTty())
    throw new PaveError('an archive is not written to a terminal', {
      hint: 'send it somewhere: vzdump … --stdout | …, or > file.vma',
    });
}

/**
 * With --quiet a good run says nothing, and what went wrong goes to standard error; with --stdout
 * nothing but the archive may come out there.
 */
function outputOf(out: Output, mode: { quiet: boolean; stdout: boolean }): Output {
  const toStderr = (text: string) => writeErr(text);
  if (mode.quiet)
    return {
      ...out,
      isTty: false,
      line: (text) => {
        if (text.startsWith('ERROR: ')) toStderr(`${text}\n`);
      },
      write: () => {},
      info: () => {},
      progress: () => {},
      progressEnd: () => {},
    };
  if (!mode.stdout) return out;
  return {
    ...out,
    isTty: stderrIsTty(),
    line: (text) => toStderr(`${text}\n`),
    write: toStderr,
  };
}
