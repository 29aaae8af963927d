import { loadGuest } from '../../../guest/load.js';
import { type PendingEntry, pendingRows, pendingText } from '../../../guest/pending.js';
import { cloudInitChanges } from '../../../qemu/cloudinit/record.js';
import { vmid } from '../../../schema/props.js';
import { defineCommand } from '../../define.js';

export default defineCommand({
  summary: 'Show what cloud-init is told, as the drive has it and as the configuration says.',
  args: { vmid: vmid() },
  options: {},
  fixed: { node: '<localnode>' },
  effect: 'read',
  returns: pendingRows,
  text: (entries: PendingEntry[]) => pendingText(entries, (text) => text),
  run: (ctx, { vmid }) => cloudInitChanges(loadGuest(ctx, 'qemu', vmid).config) as PendingEntry[],
});
