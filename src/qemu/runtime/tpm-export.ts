/**
 * swtpm keeps its state in a raw file. A volume of another format is shown to it as one by QEMU's
 * storage daemon, through FUSE. Source: QSD.pm of the original.
 */
import { PaveError } from '../../errors.js';
import type { GuestContext } from '../../guest/load.js';
import type { Host } from '../../host/types.js';
import { parseVolume, volumePath } from '../../storage/index.js';
import type { Drive } from '../drive/index.js';
import { endProcess } from './end-process.js';
import { RUN_DIR, runFile } from './state.js';

const PID = 'tpmstate.pid';
const MOUNT = 'tpmstate';

/** Path of the raw view; undefined for a raw volume, which needs none. @throws PaveError */
export async function exportTpmState(
  ctx: GuestContext,
  vmid: number,
  drive: Drive,
): Promise<string | undefined> {
  const { host } = ctx;
  const format = parseVolume(ctx, drive.file).format ?? 'raw';
  const path = volumePath(ctx, drive.file);
  if (format === 'raw') {
    if (path.startsWith('/')) return undefined;
    throw new PaveError(`tpmstate0: swtpm cannot open '${path}' of '${drive.file}'`, {
      hint: 'move the TPM state to a storage with files or block devices',
    });
  }
  if (!host.files.exists('/dev/fuse') && !host.dryRun)
    throw new PaveError(`tpmstate0: a ${format} volume needs FUSE, which this kernel lacks`, {
      hint: 'use a raw volume',
    });
  const mount = host.path(runFile(vmid, MOUNT));
  host.files.mkdir(RUN_DIR);
  host.files.write(runFile(vmid, MOUNT), '', { mode: 0o600 });
  const node = {
    driver: format,
    'node-name': 'tpmstate',
    file: { driver: 'file', filename: path },
  };
  await host.run(
    [
      ...['qemu-storage-daemon', '--daemonize', '--pidfile', host.path(runFile(vmid, PID))],
      ...['--blockdev', JSON.stringify(node)],
      ...['--export', `type=fuse,id=tpmstate,node-name=tpmstate,mountpoint=${mount},writable=on`],
    ],
    { effect: 'change', timeoutMs: 30_000 },
  );
  return mount;
}

/** Ends the storage daemon, which takes its mount away. */
export async function unexportTpmState({ host }: GuestContext, vmid: number): Promise<void> {
  if (!host.files.exists(runFile(vmid, MOUNT))) return;
  await endProcess(host, () => daemonPid(host, vmid), 2500);
  const mount = host.path(runFile(vmid, MOUNT));
  if ((host.files.read('/proc/self/mounts') ?? '').includes(` ${mount} fuse`))
    await host.run(['umount', mount], { effect: 'change' });
  for (const what of [MOUNT, PID]) host.files.unlink(runFile(vmid, what));
}

function daemonPid(host: Host, vmid: number): number | undefined {
  const path = runFile(vmid, PID);
  const pid = Number(host.files.read(path)?.trim());
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  return host.processes.cmdline(pid)?.includes(host.path(path)) ? pid : undefined;
}
