import { enumOf } from '../../../schema/props.js';
import { defineCommand } from '../../define.js';
import { ifaceArg, ifaceOptions, TYPES } from './options.js';
import { printCollected } from './show.js';

export default defineCommand({
  summary: 'Add a bridge, bond, VLAN or other interface to the network configuration.',
  description:
    'The change is collected in /etc/network/interfaces.new and shown; nothing happens to the network until pave network apply.',
  args: { iface: ifaceArg },
  options: {
    type: enumOf(TYPES, { optional: false, description: 'What kind of interface it is.' }),
    ...ifaceOptions,
  },
  effect: 'change',
  examples: [
    {
      command: 'pave network create vmbr1 --type bridge --bridge_ports eth1 --autostart 1',
      does: 'Adds a bridge on the second card.',
    },
    {
      command:
        'pave network create bond0 --type bond --slaves eth0,eth1 --bond_mode 802.3ad --autostart 1',
      does: 'Adds a bond of two cards.',
    },
  ],
  async run(ctx, { iface, ...params }) {
    const { createInterface } = await import('../../../network/change.js');
    await createInterface(ctx, iface, params);
    await printCollected(ctx);
  },
});
