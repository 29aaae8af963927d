import { splitList } from '../../../schema/lists.js';
import { enumOf, list } from '../../../schema/props.js';
import { defineCommand } from '../../define.js';
import { ifaceArg, ifaceOptions, TYPES } from './options.js';
import { printCollected } from './show.js';

export default defineCommand({
  summary: 'Change an interface of the network configuration.',
  description:
    'What is not given stays as it is. The change is collected in /etc/network/interfaces.new and shown; nothing happens to the network until pave network apply.',
  args: { iface: ifaceArg },
  options: {
    type: enumOf(TYPES, { optional: true, description: 'Make it another kind of interface.' }),
    ...ifaceOptions,
    delete: list('pve-configid', { optional: true, description: 'Settings to be removed.' }),
  },
  effect: 'change',
  examples: [
    {
      command: 'pave network set vmbr0 --bridge_vlan_aware 1',
      does: 'Lets guests on that bridge have VLAN tags.',
    },
    { command: 'pave network set eth1 --delete cidr', does: 'Takes its address away.' },
  ],
  async run(ctx, { iface, delete: remove, ...params }) {
    const { changeInterface } = await import('../../../network/change.js');
    await changeInterface(ctx, iface, params, splitList(remove ?? ''));
    await printCollected(ctx);
  },
});
