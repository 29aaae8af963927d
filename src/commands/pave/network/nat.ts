import { boolean, formatted } from '../../../schema/props.js';
import { defineCommand } from '../../define.js';

export default defineCommand({
  summary: 'Make a bridge whose guests reach the network through this machine.',
  description:
    'Makes the bridge at once and writes it to /etc/network/interfaces, so that it is there after a reboot: masquerading by nft, addresses and names by dnsmasq. Guests need only bridge=vmbr1 in their config.',
  args: {
    bridge: formatted('pve-iface', {
      description: 'The name of the bridge, e.g. vmbr1.',
      minLength: 2,
      maxLength: 15,
      completes: 'bridge',
    }),
  },
  options: {
    cidr: formatted('CIDRv4', {
      optional: true,
      description:
        "The guests' network; its first address is the bridge's own unless another is given. A free one of 10.10.10.0/24 and the following where not given.",
    }),
    dhcp: boolean({ optional: true, description: 'Give addresses to the guests, and names.' }),
    remove: boolean({ optional: true, description: 'Take the network away again.' }),
  },
  check: (input): Record<string, string> =>
    input.remove && (input.cidr !== undefined || input.dhcp !== undefined)
      ? { remove: 'goes with no other option' }
      : {},
  effect: 'change',
  examples: [
    {
      command: 'pave network nat vmbr1 --cidr 10.10.10.0/24 --dhcp',
      does: 'Makes a network in which guests get an address and reach the world.',
    },
    { command: 'pave network nat vmbr1 --remove', does: 'Takes it away.' },
  ],
  files: ['/etc/network/interfaces'],
  async run(ctx, { bridge, cidr, dhcp, remove }) {
    const { addNat, describe, removeNat } = await import('../../../network/nat.js');
    if (remove) await removeNat(ctx, bridge);
    else {
      const made = await addNat(ctx, bridge, cidr, dhcp ?? false);
      if (!ctx.host.dryRun) ctx.out.line(`${made.name}: ${describe(made)}`);
    }
  },
});
