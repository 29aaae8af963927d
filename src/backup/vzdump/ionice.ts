/**
 * Disk priority of the backup: our own, which what we start takes over. A guest that is started again
 * must not: before that it is set back.
 */
import type { Host } from '../../host/types.js';
import type { BackupLog } from './log.js';

/** 0 to 7, lower is first; 8 only when the disk is idle. A kernel that has none is no reason to fail. */
export async function lowerPriority(host: Host, log: BackupLog, level: number): Promise<void> {
  await set(host, log, level > 7 ? ['-c', '3'] : ['-c', '2', '-n', String(level)]);
}

/** What any process has. Programs that run already keep theirs. */
export async function usualPriority(host: Host, log: BackupLog): Promise<void> {
  await set(host, log, ['-c', '0']);
}

async function set(host: Host, log: BackupLog, how: readonly string[]): Promise<void> {
  const { code, stderr } = await host.run(['ionice', ...how, '-p', String(host.processes.self)], {
    effect: 'change',
    allowExit: 'any',
    purpose: 'disk priority of this backup',
  });
  if (code !== 0) log.warn(`cannot set the disk priority: ${stderr.trim()}`);
}
