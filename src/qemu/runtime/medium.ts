/** Taking a CD out of a running VM's drive and putting one in. */
import { type Qmp, QmpError } from '../qmp/client.js';

/** Opens the drive, whatever the guest thinks of it, and gives its image back. */
export async function ejectMedium(qmp: Qmp, key: string): Promise<void> {
  await qmp.execute('blockdev-open-tray', { id: key, force: true });
  try {
    await qmp.execute('blockdev-remove-medium', { id: key });
    await qmp.execute('blockdev-del', { 'node-name': `drive-${key}` });
  } catch (error) {
    // An empty drive has nothing to take out.
    if (!(error instanceof QmpError) || !/not inserted|no medium|find node/i.test(error.reason))
      throw error;
  }
}

/** `nodes` as a command line's `-blockdev` has them; the topmost is called `drive-<key>`. */
export async function insertMedium(
  qmp: Qmp,
  key: string,
  nodes: Record<string, unknown>,
): Promise<void> {
  await qmp.execute('blockdev-add', nodes);
  await qmp.execute('blockdev-insert-medium', { id: key, 'node-name': `drive-${key}` });
  await qmp.execute('blockdev-close-tray', { id: key });
}
