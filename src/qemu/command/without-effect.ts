/** What a config says and nothing in it lets take effect: told at the start, on stock QEMU. */
import { parseDrive } from '../drive/index.js';
import { parseNet } from '../net.js';
import type { Vga } from './display.js';
import type { Draft } from './draft.js';
import { isSet } from './drive-options.js';
import { numaNodes } from './memory.js';

/** Warns of what a config holds and the guest will not notice, on stock QEMU. */
export function warnWithoutEffect(draft: Draft, vga: Vga): void {
  if (!draft.stock) return;
  const nodes = numaNodes(draft);
  const numa = draft.flag('numa') === true;
  for (const [n, node] of nodes) {
    if (!numa) draft.warn(`numa${n} has no effect without numa: 1`);
    else if (node.policy !== undefined && node.hostnodes === undefined)
      draft.warn(`numa${n}: policy has no effect without hostnodes`);
  }
  if (draft.flag('keephugepages') && draft.value('hugepages') === undefined)
    draft.warn('keephugepages has no effect without hugepages');
  if (/^serial\d$/.test(vga.type) && draft.value(vga.type) === undefined)
    draft.warn(`vga: the display is ${vga.type}, and the VM has no such port`);
  for (const [key, text] of draft.values) {
    if (/^scsi\d+$/.test(key)) warnScsi(draft, key, text);
    if (/^net\d+$/.test(key)) warnNet(draft, key, text);
  }
}

function warnScsi(draft: Draft, key: string, text: string): void {
  const drive = parseDrive(key, text);
  if (isSet(drive.queues) && draft.value('scsihw') !== 'virtio-scsi-single')
    draft.warn(`${key}: queues has no effect without scsihw: virtio-scsi-single`);
}

function warnNet(draft: Draft, key: string, text: string): void {
  const { queues, model, bridge } = parseNet(text);
  if (Number(queues ?? 0) < 2 || (model === 'virtio' && bridge !== undefined)) return;
  draft.warn(
    `${key}: queues has no effect ${model === 'virtio' ? 'without a bridge' : `for ${model}`}`,
  );
}
