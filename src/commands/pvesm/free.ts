import { messageOf } from '../../errors.js';
import { integer, storeid, string } from '../../schema/props.js';
import { freeVolume, parseVolid, parseVolume, volumeSizeInfo } from '../../storage/index.js';
import { runTask } from '../../task/run.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Remove a volume.',
  args: {
    volume: string({
      completes: 'volume',
      description: 'The volume, as storage:name; the name alone with --storage.',
    }),
  },
  options: {
    delay: integer({
      minimum: 1,
      maximum: 30,
      description:
        'Seconds to wait for the end before going on in the background. Here every call waits for the end.',
    }),
    storage: storeid({ description: 'The storage, where the volume is given without it.' }),
  },
  fixed: { node: '<localnode>' },
  effect: 'change',
  examples: [{ command: 'pvesm free local:100/vm-100-disk-1.qcow2', does: 'Removes a disk.' }],
  check: ({ volume, storage }) => {
    const reason = volumeError(volume, storage);
    return reason === undefined ? ({} as Record<string, string>) : { volume: reason };
  },
  async run(ctx, { volume, storage }) {
    const volid = volume.includes(':') ? volume : `${storage}:${volume}`;
    const { vmid } = parseVolume(ctx, volid);
    const { storeid } = parseVolid(volid);
    const id = `${vmid === undefined ? '' : `${vmid}@`}${storeid}`;
    await runTask(ctx, { type: 'imgdel', id }, async (task) => {
      if (!(await exists(() => volumeSizeInfo(ctx, volid))))
        task.warn(`volume '${volid}' does not exist`);
      await freeVolume(task.ctx, volid);
      if (!ctx.host.dryRun) task.log(`Removed volume '${volid}'`);
    });
  },
});

function volumeError(volume: string, storage: string | undefined): string | undefined {
  if (!volume.includes(':'))
    return storage === undefined ? 'no storage specified - incomplete volume ID' : undefined;
  try {
    const { storeid } = parseVolid(volume);
    return storage === undefined || storage === storeid
      ? undefined
      : `storage ID mismatch (${storeid} != ${storage})`;
  } catch (error) {
    return messageOf(error);
  }
}

/** An image that cannot be read is there all the same, and may be removed. */
async function exists(info: () => Promise<unknown>): Promise<boolean> {
  try {
    return (await info()) !== undefined;
  } catch {
    return true;
  }
}
