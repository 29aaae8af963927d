/**
 * Open vSwitch as /etc/network/interfaces has it: made by pave network, brought up by the package's own
 * scripts for ifupdown and by ifupdown2, with the guests' ports back in their VLANs after each change.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MACHINE, OVS, plugProgram, TOOLS, toolsMissing } from './network-machine.js';
import { inLab, LAB_TIMEOUT, labMissing, labPackages, parts } from './uml.js';

const missing = labMissing() ?? toolsMissing();

const JOB = `
for i in 1 2 3; do printf '\\niface eth%d inet manual\\n' $i >>/etc/network/interfaces; done
pave network create vmbr2 --type OVSBridge --autostart 1 >/dev/null 2>&1 || exit 1
pave network create bond0 --type OVSBond --ovs_bridge vmbr2 --ovs_bonds eth2,eth3 --bond_mode balance-slb >/dev/null 2>&1 || exit 1
pave network create vlan20 --type OVSIntPort --ovs_bridge vmbr2 --ovs_tag 20 --cidr 10.20.0.1/24 >/dev/null 2>&1 || exit 1
pave network set eth1 --type OVSPort --ovs_bridge vmbr2 --ovs_options 'vlan_mode=trunk' >/dev/null 2>&1 || exit 1
say collected
sed -n '/^auto lo/,$p' /etc/network/interfaces.new
look() {
  ovs-vsctl list-ports vmbr2
  ovs-vsctl get Port bond0 bond_mode
  ovs-vsctl get Port vlan20 tag
  ip -br -4 address show vlan20 | tr -s ' '
}
say applied
pave network apply --confirm-within 900 || exit 1
look
pave network confirm || exit 1
for i in 0 1; do ip tuntap add dev tap100i$i mode tap; done
plug 'plug tap100i0 vmbr2 {"tag":7,"trunks":"10;20-22"}' 'plug tap100i1 vmbr2 {"tag":8,"firewall":true}' || exit 1
guests() {
  for port in tap100i0 fwln100o1; do echo $port $(ovs-vsctl port-to-br $port) $(ovs-vsctl get Port $port tag trunks vlan_mode); done
  for port in tap100i1 fwln100o1; do echo $port $(basename $(readlink /sys/class/net/$port/brport/bridge)); done
}
say before
guests
say changed
pave network set vlan20 --ovs_tag 30 >/dev/null 2>&1 || exit 1
pave network apply --confirm-within 900 || exit 1
ovs-vsctl get Port vlan20 tag
guests
say reverted
pave network revert || exit 1
ovs-vsctl get Port vlan20 tag
guests
say boot
for port in tap100i0 tap100i1; do ip link delete $port; done
ip link delete fwbr100i1
ovs-vsctl del-br vmbr2
ip address flush dev eth0
rm -rf /run/network
mkdir -p /run/network
START 2>/dev/null
look
ip -br link show vmbr2 | tr -s ' ' | cut -d' ' -f2
say user space
ip link add eth4 type veth peer name p4 netns switch
outside ip link set p4 up
outside ip address add 10.0.7.1/24 dev p4
pave network create eth4 --type eth >/dev/null 2>&1 || exit 1
pave network create vmbr3 --type OVSBridge --ovs_ports eth4 --autostart 1 >/dev/null 2>&1 || exit 1
sed -i '/^iface vmbr3/a \\tovs_extra set bridge vmbr3 datapath_type=netdev' /etc/network/interfaces.new
pave network apply --confirm-within 0 || exit 1
guest() {
  ip netns add guest$1
  ip link add veth20$1i0 type veth peer name eth0 netns guest$1
  ip -n guest$1 address add 10.0.7.$1/24 dev eth0
  ip -n guest$1 link set eth0 up
}
reach() { for i in 8 9; do await ip netns exec guest$i ping -c 1 -W 3 10.0.7.1 && echo guest$i reaches it; done; }
guest 8
guest 9
ip tuntap add dev tap207i0 mode tap
plug 'plug tap207i0 vmbr3 {"tag":7}' 'plug veth208i0 vmbr3 {}' 'plug veth209i0 vmbr3 {"firewall":true}' || exit 1
reach
say linux
pave network delete vmbr3 >/dev/null 2>&1 || exit 1
pave network create vmbr3 --type bridge --bridge_ports eth4 --bridge_vlan_aware 1 --autostart 1 >/dev/null 2>&1 || exit 1
pave network apply --confirm-within 900 || exit 1
for port in tap207i0 veth208i0 fwpr209p0; do echo $port $(basename $(readlink /sys/class/net/$port/brport/bridge)); done
bridge -compressvlans vlan show dev tap207i0 | tail -n +2
reach
say ovs again
pave network revert >/dev/null 2>&1 || exit 1
for port in tap207i0 veth208i0 fwln209o0; do echo $port $(ovs-vsctl port-to-br $port) $(ovs-vsctl get Port $port tag); done
reach
exit 0`;

describe.skipIf(missing !== undefined)(
  `Open vSwitch in /etc/network/interfaces${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  LAB_TIMEOUT,
  () => {
    it.each(Object.keys(TOOLS))('works through %s', async (tool) => {
      const { packages, start } = TOOLS[tool]!;
      const folder = mkdtempSync(join(tmpdir(), 'pave-ovs-'));
      const begin = `unpack ${labPackages(...packages).join(' ')}\n${MACHINE}${OVS}${start}\n`;
      const job = `${plugProgram(folder)}${begin}${JOB.replace('START', start)}`;
      const result = await inLab(job);
      rmSync(folder, { recursive: true });
      expect(result.status, result.output).toBe(0);
      const said = parts(result.output);
      const port = (name: string) =>
        tool === 'ifupdown'
          ? `allow-vmbr2 ${name}\niface ${name} `
          : `auto ${name}\niface ${name} `;
      expect(said.collected).toContain(
        `${port('eth1')}inet manual\n\tovs_type OVSPort\n\tovs_bridge vmbr2\n\tovs_options vlan_mode=trunk\n`,
      );
      expect(said.collected).toContain(
        `${port('vlan20')}inet static\n\taddress 10.20.0.1/24\n\tovs_type OVSIntPort\n\tovs_bridge vmbr2\n\tovs_options tag=20\n`,
      );
      expect(said.collected).toContain(
        `${port('bond0')}inet manual\n\tovs_bonds eth2 eth3\n\tovs_type OVSBond\n\tovs_bridge vmbr2\n\tovs_options bond_mode=balance-slb\n`,
      );
      const made = 'bond0\neth1\nvlan20\nbalance-slb\n20\nvlan20 UNKNOWN 10.20.0.1/24';
      expect(said.applied).toContain(made);
      const guests =
        'tap100i0 vmbr2 7 [10, 20, 21, 22] native-untagged\nfwln100o1 vmbr2 8 [] []\n' +
        'tap100i1 fwbr100i1\nfwln100o1 fwbr100i1\n';
      expect(said.before).toBe(guests);
      expect(said.changed).toContain(`\n30\n${guests}`);
      expect(said.reverted).toContain(`\n20\n${guests}`);
      expect(said.boot).toContain(`${made} \nUNKNOWN\n`);
      // Packets, and a bridge of the other kind under the same name: the guests go with it.
      const reached = 'guest8 reaches it\nguest9 reaches it\n';
      expect(said['user space']).toBe(reached);
      expect(said.linux?.replaceAll(/ +/g, ' ')).toContain(
        `\ntap207i0 vmbr3\nveth208i0 vmbr3\nfwpr209p0 vmbr3\ntap207i0 7 PVID Egress Untagged\n${reached}`,
      );
      expect(said['ovs again']).toBe(
        `tap207i0 vmbr3 7\nveth208i0 vmbr3 []\nfwln209o0 vmbr3 []\n${reached}`,
      );
    });
  },
);
