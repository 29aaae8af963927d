/**
 * A VM's TPM: swtpm, started before QEMU and ending with it. Its state lies in the volume of
 * `tpmstate0`. Source of the calls: start_swtpm of the original.
 */
import { PaveError } from '../../errors.js';
import type { GuestContext } from '../../guest/load.js';
import { isOn } from '../../guest/load.js';
import type { Host } from '../../host/types.js';
import { volumePath } from '../../storage/index.js';
import { type Drive, parseDrive } from '../drive/index.js';
import type { Companion } from './companions.js';
import { endProcess } from './end-process.js';
import { RUN_DIR, runFile } from './state.js';
import { exportTpmState, unexportTpmState } from './tpm-export.js';

/** Bytes of every new TPM state volume. */
export const TPM_STATE_SIZE = 4 * 1024 * 1024;

const SIZE = 'tpmsize';
const SETUP_CONFIG = '/etc/swtpm_setup.conf';

export const tpm: Companion = {
  what: 'the TPM',
  async prepare(ctx, { vmid, values }) {
    const text = values.get('tpmstate0');
    if (text === undefined || isOn(values.get('template'))) return;
    const drive = parseDrive('tpmstate0', text);
    checkPrograms(ctx.host);
    ctx.host.files.mkdir(RUN_DIR);
    noteSize(ctx, vmid, drive);
    const exported = drive.file.startsWith('/')
      ? undefined
      : await exportTpmState(ctx, vmid, drive);
    const state = exported === undefined ? stateUri(ctx, drive) : `file://${exported}`;
    if (exported === undefined) await setUp(ctx, drive, state);
    else await setUpExported(ctx, vmid, drive, exported);
    await startEmulator(ctx, vmid, drive, state);
  },
  async remove(ctx, vmid) {
    await endEmulator(ctx.host, vmid);
    await unexportTpmState(ctx, vmid);
    restoreSize(ctx, vmid);
  },
};

function checkPrograms(host: Host): void {
  for (const program of ['swtpm', 'swtpm_setup']) {
    if (host.which(program) === undefined)
      throw new PaveError(`tpmstate0: ${program} is not installed`, {
        hint: 'apt install swtpm swtpm-tools',
      });
  }
}

/** `file://…` for a volume or a file, `dir://…` for a folder. @throws PaveError */
function stateUri(ctx: GuestContext, drive: Drive): string {
  if (!drive.file.startsWith('/')) return `file://${volumePath(ctx, drive.file)}`;
  const stat = ctx.host.files.stat(drive.file);
  if (stat === undefined && !ctx.host.dryRun)
    throw new PaveError(`tpmstate0: '${drive.file}' does not exist`);
  return `${stat?.kind === 'directory' ? 'dir' : 'file'}://${ctx.host.path(drive.file)}`;
}

/**
 * swtpm_setup makes its file anew, which a mount does not let it: the state is made beside it and
 * copied, its header last, so that half a copy is no state yet.
 */
async function setUpExported(
  ctx: GuestContext,
  vmid: number,
  drive: Drive,
  mount: string,
): Promise<void> {
  const { host } = ctx;
  const head = host.files.readRange(mount, 0, HEADER);
  if (head?.some((byte) => byte !== 0)) return;
  const fresh = runFile(vmid, 'tpmsetup');
  host.files.unlink(fresh);
  try {
    await setUp(ctx, drive, `file://${host.path(fresh)}`);
    const copy = (...range: string[]) =>
      host.run(
        [
          'dd',
          `if=${host.path(fresh)}`,
          `of=${mount}`,
          `bs=${HEADER}`,
          ...range,
          'conv=notrunc,fsync',
        ],
        { effect: 'change' },
      );
    await copy('skip=1', 'seek=1');
    await copy('count=1');
  } finally {
    host.files.unlink(fresh);
  }
}

/** Bytes that hold the header of a state, and more. */
const HEADER = 512;

/** A TPM is manufactured once; a state that is there stays as it is. */
async function setUp(ctx: GuestContext, drive: Drive, state: string): Promise<void> {
  const argv = [
    ...['swtpm_setup', '--tpmstate', state, '--createek', '--create-ek-cert'],
    ...['--create-platform-cert', '--lock-nvram', '--config', SETUP_CONFIG],
    ...['--runas', '0', '--not-overwrite', ...versionFlag(drive)],
    ...(versionFlag(drive).length > 0 ? ['--ecc'] : []),
  ];
  await ctx.host.run(argv, {
    effect: 'change',
    timeoutMs: 120_000,
    onStdout: (line) => ctx.out.line(`swtpm_setup: ${line}`),
  });
}

function versionFlag(drive: Drive): string[] {
  return drive.version === 'v2.0' ? ['--tpm2'] : [];
}

async function startEmulator(
  ctx: GuestContext,
  vmid: number,
  drive: Drive,
  state: string,
): Promise<void> {
  const { host } = ctx;
  host.files.mkdir(RUN_DIR);
  const path = (what: string) => host.path(runFile(vmid, what));
  const log = host.path(`${RUN_DIR}/${vmid}-swtpm.log`);
  const prefix = `[id=${Math.floor(host.clock.now() / 1000)}] `;
  const argv = [
    ...['swtpm', 'socket', '--tpmstate', `backend-uri=${state},mode=0600`],
    ...['--ctrl', `type=unixio,path=${path('swtpm')},mode=0600`],
    ...['--pid', `file=${path('swtpm.pid')}`, '--terminate', '--daemon'],
    ...['--log', `file=${log},level=1,prefix=${prefix}`, ...versionFlag(drive)],
  ];
  await host.run(argv, { effect: 'change', timeoutMs: 30_000 });
  for (let tries = 0; !host.dryRun && !host.files.exists(runFile(vmid, 'swtpm.pid')); tries++) {
    if (tries === 100)
      throw new PaveError(
        `failed to start swtpm: pid file '${path('swtpm.pid')}' wasn't created.`,
        { hint: `its log: ${log}` },
      );
    await host.clock.sleep(50);
  }
}

/** It ends by itself when QEMU lets go of it; one that nobody connected to, or that hangs, is ended. */
async function endEmulator(host: Host, vmid: number): Promise<void> {
  if (!(await endProcess(host, () => emulatorPid(host, vmid), 2000)))
    throw new PaveError(`swtpm of VM ${vmid} does not end`);
  removeFiles(host, vmid);
}

function removeFiles(host: Host, vmid: number): void {
  for (const what of ['swtpm', 'swtpm.pid']) host.files.unlink(runFile(vmid, what));
}

/** A left-over pid file does not count: it must be the swtpm that was started with it. */
function emulatorPid(host: Host, vmid: number): number | undefined {
  const path = runFile(vmid, 'swtpm.pid');
  const pid = Number(host.files.read(path)?.trim());
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  return host.processes.cmdline(pid)?.includes(`file=${host.path(path)}`) ? pid : undefined;
}

/** swtpm cuts a regular file to what it needs: how large it was is kept for the end. */
function noteSize(ctx: GuestContext, vmid: number, drive: Drive): void {
  if (drive.file.startsWith('/')) return;
  const path = volumePath(ctx, drive.file);
  const stat = ctx.host.files.stat(path);
  if (stat?.kind === 'file')
    ctx.host.files.write(runFile(vmid, SIZE), `${stat.size} ${path}`, { mode: 0o600 });
}

function restoreSize({ host }: GuestContext, vmid: number): void {
  const text = host.files.read(runFile(vmid, SIZE));
  if (text === undefined) return;
  const [, size, path] = /^(\d+) (.*)$/s.exec(text) ?? [];
  const stat = path === undefined ? undefined : host.files.stat(path);
  if (stat?.kind === 'file' && stat.size < Number(size)) host.files.truncate(path!, Number(size));
  host.files.unlink(runFile(vmid, SIZE));
}
