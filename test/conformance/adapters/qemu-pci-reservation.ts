import { chooseHostPci } from '../../../src/qemu/command/hostpci-choice.js';
import { pciMappings } from './lib/pci.js';

interface Environment {
  node: string;
  pci_devices: string[];
  pci_mapping: Parameters<typeof pciMappings>[0];
  reserved: string[];
}

export default {
  suite: 'qemu-pci-reservation',

  run({ conf }: { conf: Record<string, string> }, environment: Environment) {
    try {
      const values = new Map(Object.entries(conf));
      const chosen = chooseHostPci(
        values,
        {
          pciDevices: environment.pci_devices.map((id) => ({ id })),
          pciMappings: pciMappings(environment.pci_mapping, environment.node),
          pciReserved: new Set(environment.reserved),
        },
        { q35: /q35/.test(conf.machine ?? ''), vga: conf.vga },
      );
      const value: Record<string, unknown> = {};
      for (const [n, { options, ids, liveMigrationCapable }] of chosen) {
        value[`hostpci${n}`] = {
          ...options,
          ids,
          ...(liveMigrationCapable ? { 'live-migration-capable': 1 } : {}),
          // Without mediated devices several ids are functions of one card.
          ...(ids.length > 1 && options.mdev === undefined ? { 'has-multifunction': 1 } : {}),
        };
      }
      return { value };
    } catch (error) {
      return { error: `${(error as Error).message}\n` };
    }
  },
};
