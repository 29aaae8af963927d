/** One backup at a time on a node. Source: VZDump.pm getlock, stop_running_backups. */
import { messageOf, PaveError } from '../../errors.js';
import { InterruptedError } from '../../host/errors.js';
import type { FileLock, Host } from '../../host/types.js';
import { isRunning } from '../../task/status.js';
import { decodeUpid } from '../../task/upid.js';
import type { BackupLog } from './log.js';

const LOCK_FILE = '/var/run/vzdump.lock';
const PID_FILE = '/var/run/vzdump.pid';
/** How long a backup that is told to stop may take: it may have to start its guest again. */
const STOP_SECONDS = 120;

/** Waits up to `minutes` for the other one to end. @throws PaveError */
export async function globalLock(
  host: Host,
  log: BackupLog,
  upid: string,
  minutes: number,
): Promise<FileLock> {
  let waited = false;
  let lock: FileLock;
  try {
    lock = await host.lock(LOCK_FILE, {
      timeoutS: minutes * 60,
      onWait: () => {
        waited = true;
        log.info('trying to get global lock - waiting...');
      },
    });
  } catch (error) {
    if (error instanceof InterruptedError) throw error;
    const timedOut = /got timeout$/.test(messageOf(error));
    const reason = !timedOut ? ` - ${messageOf(error)}` : waited ? ' - got timeout' : ' (wait = 0)';
    const message = `can't acquire lock '${LOCK_FILE}'${reason}`;
    log.error(message);
    throw new PaveError(message, {
      hint: 'another vzdump runs on this node: wait for it, or stop it with vzdump --stop',
      cause: error,
    });
  }
  if (waited) log.info('got global lock');
  if (!host.dryRun) host.files.write(PID_FILE, upid);
  return {
    release() {
      if (!host.dryRun) host.files.unlink(PID_FILE);
      lock.release();
    },
  };
}

/** Ends the backup that runs on this node, if any. @throws PaveError when it does not end */
export async function stopRunningBackup(host: Host): Promise<void> {
  const upid = (host.files.read(PID_FILE) ?? '').trim();
  const task = decodeUpid(upid);
  if (task === undefined || !isRunning(host, task)) return;
  host.processes.kill(task.pid, 'SIGTERM');
  if (host.dryRun) return;
  for (let tenths = 0; tenths < STOP_SECONDS * 10; tenths++) {
    if (!isRunning(host, task)) return;
    await host.clock.sleep(100);
  }
  throw new PaveError(`stopping backup process ${task.pid} failed`, {
    hint: `it is still cleaning up, or stuck: see 'pvenode task log ${upid}'`,
  });
}
