/** Taking a CD out of a running VM's drive and putting one in. */
import { type Qmp, QmpError } from '../qmp/client.js';

const TRIES = 5;

/** With the drive open, whatever the guest thinks of it: one that is reset closes it between our commands. */
async function whileOpen(qmp: Qmp, key: string, work: () => Promise<unknown>): Promise<void> {
  for (let left = TRIES - 1; ; left--) {
    await qmp.execute('blockdev-open-tray', { id: key, force: true });
    try {
      await work();
      return;
    } catch (error) {
      if (left === 0 || !(error instanceof QmpError) || !/tray/i.test(error.reason)) throw error;
    }
  }
}

/** Opens the drive and gives its image back. An empty drive has nothing to take out. */
export async function ejectMedium(qmp: Qmp, key: string): Promise<void> {
  try {
    await whileOpen(qmp, key, () => qmp.execute('blockdev-remove-medium', { id: key }));
    await qmp.execute('blockdev-del', { 'node-name': `drive-${key}` });
  } catch (error) {
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
  await whileOpen(qmp, key, () =>
    qmp.execute('blockdev-insert-medium', { id: key, 'node-name': `drive-${key}` }),
  );
  await qmp.execute('blockdev-close-tray', { id: key });
}
