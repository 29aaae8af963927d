import { requireGuest } from '../../guest/find.js';
import { maybeRunning } from '../../qemu/runtime/state.js';
import { addTraffic, quickStatus, type VmStatus } from '../../qemu/runtime/vm-status.js';
import { boolean, vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';
import { vmListSchema } from './schemas.js';

export default defineCommand({
  summary: 'Show whether a virtual machine runs.',
  args: { vmid: vmid() },
  options: { verbose: boolean({ description: 'Show all that is known of it.' }) },
  effect: 'read',
  returns: vmListSchema.items!,
  text: statusText,
  async run({ host, store }, input) {
    const { path, vmid } = requireGuest(store, 'qemu', input.vmid);
    const status = quickStatus(host, vmid, store.read(path) ?? '', maybeRunning(host).has(vmid));
    status.qmpstatus = status.status;
    if (status.pid === undefined) return status;
    addTraffic(host, new Map([[vmid, status]]));
    const { addFullStatus } = await import('../../qemu/runtime/full-status.js');
    await addFullStatus(host, status);
    return status;
  },
});

function statusText(status: VmStatus, { verbose }: { verbose?: boolean | undefined }): string {
  if (!verbose) return `status: ${status.qmpstatus ?? 'unknown'}`;
  const lines: string[] = [];
  for (const key of Object.keys(status).sort()) {
    if (key !== 'cpu' && key !== 'relcpu') printNested(lines, '', key, status[key]);
  }
  return lines.join('\n');
}

/** Objects and lists are indented by tabs, as the original prints them. */
function printNested(lines: string[], indent: string, key: string, value: unknown): void {
  if (Array.isArray(value)) {
    lines.push(`${indent}${key}:`);
    for (const item of value) {
      if (typeof item === 'object' && item !== null) printNested(lines, `${indent}\t`, key, item);
      else lines.push(`${indent}\t${item}`);
    }
  } else if (typeof value === 'object' && value !== null) {
    lines.push(`${indent}${key}:`);
    const object = value as Record<string, unknown>;
    for (const name of Object.keys(object).sort())
      printNested(lines, `${indent}\t`, name, object[name]);
  } else if (value !== undefined) {
    lines.push(`${indent}${key}: ${value}`);
  }
}
