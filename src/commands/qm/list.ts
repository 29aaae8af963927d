import { messageOf } from '../../errors.js';
import { listGuests } from '../../guest/find.js';
import { maybeRunning } from '../../qemu/runtime/state.js';
import { addTraffic, quickStatus, type VmStatus } from '../../qemu/runtime/vm-status.js';
import { boolean } from '../../schema/props.js';
import { fixed } from '../../schema/render.js';
import { defineCommand } from '../define.js';
import { vmListSchema } from './schemas.js';

export default defineCommand({
  summary: 'List the virtual machines of this node.',
  args: {},
  options: {
    full: boolean({
      description: 'Ask QEMU for the full status of running ones; this takes longer.',
    }),
  },
  effect: 'read',
  returns: vmListSchema,
  text: listText,
  examples: [
    { command: 'qm list', does: 'Shows all virtual machines of this node.' },
    { command: 'qm list --output-format json', does: 'The same for a script.' },
  ],
  async run({ host, store, out }, { full }) {
    const running = maybeRunning(host);
    const statuses = new Map<number, VmStatus>();
    for (const { vmid, path } of listGuests(store, { kind: 'qemu', node: store.node })) {
      let text: string | undefined;
      try {
        text = store.read(path);
      } catch (error) {
        // One broken file must not hide the other guests.
        out.warn(messageOf(error));
      }
      // Removed since the folder was listed.
      if (text !== undefined) statuses.set(vmid, quickStatus(host, vmid, text, running.has(vmid)));
    }
    const list = [...statuses.values()];
    if (list.some((status) => status.pid !== undefined)) addTraffic(host, statuses);
    if (full) {
      const { addFullStatus } = await import('../../qemu/runtime/full-status.js');
      await Promise.all(list.map((status) => addFullStatus(host, status)));
    }
    return list;
  },
});

/** The original's columns. */
function listText(list: VmStatus[]): string {
  if (list.length === 0) return '';
  const row = (...[vmid, name, status, memory, disk, pid]: string[]) =>
    `${vmid!.padStart(10)} ${name!.padEnd(20)} ${status!.padEnd(10)} ${memory!.padEnd(10)} ${disk!.padStart(12)} ${pid!.padEnd(10)}`;
  const lines = [row('VMID', 'NAME', 'STATUS', 'MEM(MB)', 'BOOTDISK(GB)', 'PID')];
  for (const vm of list) {
    lines.push(
      row(
        String(vm.vmid),
        vm.name,
        vm.qmpstatus ?? vm.status,
        String(vm.maxmem / 1024 ** 2),
        fixed(vm.maxdisk / 1024 ** 3, 2),
        String(vm.pid ?? 0),
      ),
    );
  }
  return lines.join('\n');
}
