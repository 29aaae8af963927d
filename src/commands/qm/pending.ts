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
  async run(ctx, { vmid }) {
    const entries = pendingList(loadGuest(ctx, 'qemu', vmid).config);
    return ctx.out.machine ? typed(entries) : entries;
  },
});

async function typed(entries: PendingEntry[]): Promise<PendingEntry[]> {
  const { typedValue } = await import('../../qemu/config/typed.js');
  const of = (key: string, value: string | number | undefined) =>
    typeof value === 'string' ? typedValue(key, value) : value;
  return entries.map((entry) => ({
    ...entry,
    value: of(entry.key, entry.value),
    pending: of(entry.key, entry.pending),
  }));
}
