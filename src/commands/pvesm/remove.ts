import { storeid } from '../../schema/props.js';
import { removeStorage } from '../../storage/section/edit.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Remove a storage from the configuration.',
  description: 'What is stored there stays; only nobody uses it any more.',
  args: { storage: storeid() },
  options: {},
  effect: 'change',
  examples: [{ command: 'pvesm remove usb', does: 'Forgets the storage usb.' }],
  async run(ctx, { storage }) {
    await removeStorage(ctx, storage);
  },
});
