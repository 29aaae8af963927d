import { enumOf } from '../../../schema/props.js';
import { defineCommand } from '../../define.js';
import { TYPES } from './options.js';

const flag = { type: 'boolean', optional: true } as const;
const text = { type: 'string', optional: true } as const;

export default defineCommand({
  summary: 'List the interfaces of the network configuration.',
  description:
    'With the changes that are collected and not applied yet. JSON holds all settings of each interface, as the original’s API gives them.',
  args: {},
  options: {
    type: enumOf([...TYPES, 'any_bridge', 'any_local_bridge'] as const, {
      optional: true,
      description: 'Only interfaces of this kind.',
    }),
  },
  effect: 'read',
  returns: {
    type: 'array',
    items: {
      type: 'object',
      additionalProperties: true,
      properties: {
        iface: { type: 'string', title: 'Name' },
        type: { type: 'string', title: 'Type' },
        active: { ...flag, title: 'Active' },
        autostart: { ...flag, title: 'Autostart' },
        ports: { ...text, title: 'Ports/Slaves' },
        mode: { ...text, title: 'Bond Mode' },
        cidr: { ...text, title: 'CIDR' },
        gateway: { ...text, title: 'Gateway' },
        cidr6: { ...text, title: 'CIDR6' },
        nat: { ...text, title: 'NAT' },
        comments: { ...text, title: 'Comment' },
      },
    },
  },
  columns: [
    'iface',
    'type',
    'active',
    'autostart',
    'ports',
    'mode',
    'cidr',
    'gateway',
    'cidr6',
    'nat',
    'comments',
  ],
  async run(ctx, { type }) {
    const { loadNetwork, stagedDiff } = await import('../../../network/files.js');
    const { natOf } = await import('../../../network/nat.js');
    const { ifaces } = await loadNetwork(ctx.host);
    if (stagedDiff(ctx.host) !== '')
      ctx.out.info("changes are collected and not applied: 'pave network pending' shows them");
    return Object.entries(ifaces)
      .filter(([name, iface]) => name !== 'lo' && fits(iface.type, type))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, iface]) => {
        const nat = natOf(name, iface);
        const ports = iface.bridge_ports || iface.slaves || iface.ovs_ports || iface.ovs_bonds;
        const { comments, ...rest } = iface;
        return {
          iface: name,
          ...rest,
          ...(ports ? { ports } : {}),
          ...(iface.bond_mode ? { mode: iface.bond_mode } : {}),
          ...(nat ? { nat: nat.dhcp ? `DHCP ${nat.dhcp.first}-${nat.dhcp.last}` : 'yes' } : {}),
          ...(comments ? { comments: comments.trimEnd() } : {}),
        };
      });
  },
});

function fits(type: string | undefined, wanted: string | undefined): boolean {
  if (wanted === undefined || wanted === type) return true;
  return /^any_/.test(wanted) && (type === 'bridge' || type === 'OVSBridge');
}
