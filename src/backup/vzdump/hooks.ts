/** The hook script of a backup. Source: VZDump.pm run_hook_script. */
import { PaveError } from '../../errors.js';
import { CommandError } from '../../host/command-errors.js';
import type { Host } from '../../host/types.js';
import type { BackupLog } from './log.js';

export type JobPhase = 'job-init' | 'job-start' | 'job-end' | 'job-abort';
export type GuestPhase =
  | 'backup-start'
  | 'backup-end'
  | 'backup-abort'
  | 'log-end'
  | 'pre-stop'
  | 'pre-restart'
  | 'post-restart';

/** What the script is told about the guest of a guest phase. */
export interface HookGuest {
  mode: string;
  vmid: number;
  vmtype?: string | undefined;
  hostname?: string | undefined;
  target?: string | undefined;
  logfile?: string | undefined;
}

export interface HookTarget {
  storage?: string | undefined;
  dumpdir?: string | undefined;
}

/** @throws PaveError where the script is missing, cannot be run, or fails */
export async function runHook(
  host: Host,
  log: BackupLog,
  script: string | undefined,
  phase: JobPhase | GuestPhase,
  target: HookTarget,
  guest?: HookGuest,
): Promise<void> {
  if (script === undefined || script === '') return;
  if (host.files.stat(script)?.kind !== 'file')
    throw new PaveError(`Error: The hook script '${script}' does not exist.`);
  if (!host.files.executable(script))
    throw new PaveError(`Error: The hook script '${script}' is not executable.`, {
      hint: `chmod +x ${script}`,
    });
  const words = [phase, ...(guest === undefined ? [] : [guest.mode, String(guest.vmid)])];
  const environment = {
    STOREID: target.storage,
    DUMPDIR: target.dumpdir === undefined ? undefined : host.path(target.dumpdir),
    VMTYPE: guest?.vmtype,
    HOSTNAME: guest?.hostname,
    TARGET: guest?.target,
    LOGFILE: guest?.logfile,
  };
  // It sees these and nothing else, as from the original.
  const pairs = Object.entries(environment).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [`${key}=${value}`],
  );
  try {
    await host.run(['env', '-i', ...pairs, host.path(script), ...words], {
      effect: 'change',
      onStdout: (line) => log.info(line),
      onStderr: (line) => log.info(line),
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const reason = error.code > 128 ? `got signal ${error.code - 128}` : `exit code ${error.code}`;
    throw new PaveError(`command '${[script, ...words].join(' ')}' failed: ${reason}`);
  }
}
