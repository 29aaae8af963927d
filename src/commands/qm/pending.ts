import { encodeText } from '../../config/text-encoding.js';
import { loadGuest } from '../../guest/load.js';
import { type PendingEntry, pendingList, pendingRows, pendingText } from '../../guest/pending.js';
import { vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Show the configuration of a virtual machine with current and pending values.',
  args: { vmid: vmid() },
  options: {},
  effect: 'read',
  returns: pendingRows,
  text: (entries: PendingEntry[]) => pendingText(entries, encodeText),
  run: (ctx, { vmid }) => pendingList(loadGuest(ctx, 'qemu', vmid).config),
});
