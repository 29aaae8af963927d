/**
 * What a backup leaves if it is killed: an archive half written and its folder of temporary files.
 * Each is written down before it is made, so that the next backup on this node removes it; what
 * others are writing to a shared folder is never touched.
 */
import { messageOf } from '../../errors.js';
import type { Host } from '../../host/types.js';
import type { BackupLog } from './log.js';

const RECORDS = '/var/lib/pave/vzdump';

/** Remembers the paths; gives the function that forgets them when they are gone. */
export function rememberPartial(host: Host, vmid: number, paths: readonly string[]): () => void {
  if (host.dryRun) return () => {};
  const record = `${RECORDS}/${vmid}.partial`;
  host.files.mkdir(RECORDS, { mode: 0o700 });
  host.files.write(record, paths.map((path) => `${path}\n`).join(''), { mode: 0o600 });
  return () => {
    host.files.unlink(record);
  };
}

/** Removes what killed backups left; who calls it holds the global lock. */
export function clearPartials(host: Host, log: BackupLog): void {
  for (const name of host.files.list(RECORDS) ?? []) {
    const record = `${RECORDS}/${name}`;
    try {
      for (const path of (host.files.read(record) ?? '').split('\n')) {
        if (path !== '' && removeTree(host, path))
          log.info(`removed '${path}' of an earlier backup that was killed`);
      }
      host.files.unlink(record);
    } catch (error) {
      log.warn(`cannot remove what an earlier backup left: ${messageOf(error)}`);
    }
  }
}

/** Gives whether there was something; links are not followed. */
export function removeTree(host: Host, path: string): boolean {
  const stat = host.files.lstat(path);
  if (stat === undefined) return false;
  if (stat.kind !== 'directory') return host.files.unlink(path);
  for (const name of host.files.list(path) ?? []) removeTree(host, `${path}/${name}`);
  return host.files.rmdir(path);
}
