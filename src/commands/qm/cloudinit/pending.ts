import { loadGuest } from '../../../guest/load.js';
import { type PendingEntry, pendingText } from '../../../guest/pending.js';
import { cloudInitChanges } from '../../../qemu/cloudinit/record.js';
import { vmid } from '../../../schema/props.js';
import { defineCommand } from '../../define.js';

export default defineCommand({
  summary: 'Show what cloud-init is told, as the drive has it and as the configuration says.',
  args: { vmid: vmid() },
  options: {},
  fixed: { node: '<localnode>' },
  effect: 'read',
  returns: {
    type: 'array',
    items: {
      type: 'object',
      properties: {
        key: { type: 'string' },
        value: { type: 'string', optional: true },
        pending: { type: 'string', optional: true },
        delete: { type: 'integer', minimum: 0, maximum: 1, optional: true },
      },
    },
  },
  text: (entries: PendingEntry[]) => pendingText(entries, (text) => text),
  run: (ctx, { vmid }) => cloudInitChanges(loadGuest(ctx, 'qemu', vmid).config) as PendingEntry[],
});
