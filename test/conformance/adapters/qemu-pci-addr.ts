import { pcieSlot, pciSlot, sharesSlotWith } from '../../../src/qemu/command/pci-address.js';

interface Input {
  id: string;
  kind: 'pci' | 'pcie';
}

export default {
  suite: 'qemu-pci-addr',

  run({ id, kind }: Input) {
    const slot = kind === 'pci' ? pciSlot(id) : pcieSlot(id);
    return {
      bus: String(slot?.bus),
      addr: String(slot?.addr),
      conflict_ok: (kind === 'pci' ? sharesSlotWith(id) : undefined) ?? null,
    };
  },
};
