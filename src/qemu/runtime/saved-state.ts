/** Memory of a VM on a volume, with what stock QEMU can do: a migration into a program. */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import type { Qmp } from '../qmp/client.js';

/** Keys of a config that tell of a saved state, besides its lock. */
export const STATE_KEYS = ['vmstate', 'runningmachine', 'runningcpu', 'running-nets-host-mtu'];

interface MigrationInfo {
  status?: string;
  'error-desc'?: string;
  ram?: { transferred: number; total: number };
}

/** For /bin/sh, which QEMU hands an `exec:` address to. */
function quote(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

/** Name of the machine a VM runs on, e.g. `pc-i440fx-7.2`; undefined where QEMU does not tell. */
export async function runningMachine(qmp: Qmp): Promise<string | undefined> {
  // Only Proxmox's QEMU marks it in the list.
  const list = await qmp.execute<{ name: string; 'is-current'?: boolean }[]>('query-machines');
  const marked = Array.isArray(list) ? list.find((one) => one['is-current']) : undefined;
  if (marked !== undefined) return marked.name;
  const type = await qmp.execute('qom-get', { path: '/machine', property: 'type' }).catch(() => '');
  return /^(.+)-machine$/.exec(String(type))?.[1];
}

/**
 * Writes the state of a stopped VM to `path` (a file or block device). QEMU does not look at how
 * the program ended, so `done` (a path) is made only when every byte was written and synced.
 * @throws PaveError when it was not written whole
 */
export async function saveState(
  host: Host,
  qmp: Qmp,
  path: string,
  done: string,
  onProgress: (transferred: number, total: number) => void,
): Promise<void> {
  host.files.unlink(done);
  // Without a limit: nobody else uses this link.
  await qmp.execute('migrate-set-parameters', { 'max-bandwidth': 2 ** 40 });
  const write = `dd of=${quote(path)} bs=1M iflag=fullblock conv=nocreat,notrunc,fsync status=none && : > ${quote(host.path(done))}`;
  await qmp.execute('migrate', { uri: `exec:${write}` }, { timeoutMs: 60_000 });
  if (host.dryRun) return;
  try {
    for (;;) {
      const info = await qmp.execute<MigrationInfo>('query-migrate', {}, { timeoutMs: 60_000 });
      if (info.ram) onProgress(info.ram.transferred, info.ram.total);
      if (info.status === 'completed') break;
      if (info.status === 'failed' || info.status === 'cancelled') {
        throw new PaveError(`saving the state failed: ${info['error-desc'] ?? info.status}`);
      }
      await host.clock.sleep(100);
    }
  } catch (error) {
    await cancelSaving(host, qmp);
    throw error;
  }
  if (!host.files.unlink(done))
    throw new PaveError(`saving the state failed: it could not be written to ${path}`);
}

/**
 * Ends a saving that is under way, and waits for its end: a guest that runs on before it would be
 * stopped again when the saving is through. @throws PaveError when it does not end
 */
export async function cancelSaving(host: Host, qmp: Qmp): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { status } = await qmp.execute<MigrationInfo>('query-migrate');
    if (status === undefined || ['none', 'completed', 'failed', 'cancelled'].includes(status))
      return;
    if (tries === 0) await qmp.execute('migrate_cancel');
    if (tries === CANCEL_TRIES)
      throw new PaveError('QEMU does not end the saving of its memory', {
        hint: 'look at the storage it is saved to',
      });
    await host.clock.sleep(100);
  }
}

/** 30 seconds. */
const CANCEL_TRIES = 300;

/** Loads a state into a QEMU that waits for it (`-incoming defer`). @throws PaveError */
export async function waitLoaded(
  host: Host,
  qmp: Qmp,
  path: string,
  timeoutMs: number,
): Promise<void> {
  await qmp.execute('migrate-incoming', { uri: `exec:cat ${quote(path)}` }, { timeoutMs });
  const end = host.clock.monotonic() + timeoutMs;
  for (;;) {
    const { status } = await qmp.execute<{ status: string }>('query-status', {}, { timeoutMs });
    if (status !== 'inmigrate') return;
    const info = await qmp.execute<MigrationInfo>('query-migrate', {}, { timeoutMs });
    if (info.status === 'failed')
      throw new PaveError(`loading the state failed: ${info['error-desc'] ?? 'it is damaged'}`);
    if (host.clock.monotonic() > end)
      throw new PaveError(`loading the state took longer than ${timeoutMs / 1000} s`);
    await host.clock.sleep(50);
  }
}
