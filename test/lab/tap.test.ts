/**
 * Network cards of guests on VLAN aware bridges, per-VLAN bridges and Open vSwitch, in a kernel that has
 * them. Ports of a guest that is a network namespace reach the other end of the cables in the VLAN they
 * were given, and in no other; a virtual machine's start and stop make and take away the same.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OVS, plugProgram } from './network-machine.js';
import { inLab, LAB_TIMEOUT, labMissing, parts } from './uml.js';

const BIN = resolve(import.meta.dirname, '../../bin');
const missing = labMissing();

const JOB = `
export PATH=${BIN}:$PATH PAVE_ROOT=/lab PAVE_NODE=n1
mkdir /lab
modprobe -a bonding bridge 8021q veth nf_tables openvswitch tun sch_htb sch_ingress cls_basic act_police
say() { echo "== $*"; }
ip netns add switch
outside() { ip netns exec switch "$@"; }
outside ip link set lo up
for i in 1 2 3; do
  ip link add eth$i type veth peer name p$i netns switch
  outside ip link set p$i up
  [ $i = 2 ] || ip link set eth$i up
done
for port in p1.5 p2.6 p3.7 p3.8; do
  tag=\${port#*.}
  outside ip link add link \${port%.*} name $port type vlan id $tag
  outside ip address add 10.0.$tag.1/24 dev $port
  outside ip link set $port up
done
ip link add vmbr0 type bridge vlan_filtering 1
ip link set eth1 master vmbr0
bridge vlan add dev eth1 vid 2-4094
ip link add bond0 type bond mode active-backup
ip link set eth2 master bond0
ip link set bond0 up
ip link add vmbr1 type bridge
ip link set bond0 master vmbr1
${OVS}
ovs-vsctl add-br vmbr2 -- set bridge vmbr2 datapath_type=netdev -- add-port vmbr2 eth3
for bridge in vmbr0 vmbr1 vmbr2; do ip link set $bridge up; done
devices() { ip -br link | cut -d' ' -f1 | sort; }
devices >/run/before

say reached
for i in 5 6 7 8; do
  ip netns add guest$i
  ip link add veth20\${i}i0 type veth peer name eth0 netns guest$i
  ip -n guest$i address add 10.0.$i.9/24 dev eth0
  ip -n guest$i link set eth0 up
done
plug 'plug veth205i0 vmbr0 {"tag":5,"trunks":"6;10-12"}' 'plug veth206i0 vmbr1 {"tag":6,"firewall":true}' \
  'plug veth207i0 vmbr2 {"tag":7,"trunks":"10;20-22"}' 'plug veth208i0 vmbr2 {"tag":8,"firewall":true,"rate":5}' || exit 1
# The first packets wait for the switch to learn, on a busy machine for long.
reach() {
  for try in $(seq 100); do
    ip netns exec $1 ping -c 1 -W 3 $2 >/dev/null 2>&1 && { echo "$1 reaches $2"; return; }
  done
  echo "$1 does not reach $2"
}
for i in 5 6 7 8; do reach guest$i 10.0.$i.1; done
say tagged
# The trunk: the guest tags by itself.
ip -n guest5 link add link eth0 name eth0.10 type vlan id 10
ip -n guest5 link add link eth0 name eth0.13 type vlan id 13
for tag in 10 13; do
  outside ip link add link p1 name p1.$tag type vlan id $tag
  outside ip address add 10.1.$tag.1/24 dev p1.$tag
  outside ip link set p1.$tag up
  ip -n guest5 address add 10.1.$tag.9/24 dev eth0.$tag
  ip -n guest5 link set eth0.$tag up
done
reach guest5 10.1.10.1
ip netns exec guest5 ping -c 1 -W 1 10.1.13.1 >/dev/null && echo 'VLAN 13 leaks'
plug 'unplug veth205i0' 'unplug veth206i0' 'unplug veth207i0' 'unplug veth208i0' || exit 1
for i in 5 6 7 8; do ip link delete veth20\${i}i0; done
devices | diff /run/before - && ovs-vsctl list-ports vmbr2
qm create 100 --memory 64 --kvm 0 --net0 virtio,bridge=vmbr0,tag=5,trunks='10;20-22',rate=3 \
  --net1 e1000,bridge=vmbr1,tag=6,firewall=1 --net2 virtio,bridge=vmbr2,tag=7,trunks='10;20-22' \
  --net3 virtio,bridge=vmbr2,tag=8,firewall=1 || exit 1
qm start 100 || exit 1
say vlans
bridge -compressvlans vlan show dev tap100i0
say rate
tc filter show dev tap100i0 parent ffff:
tc class show dev tap100i0
say chain
for name in tap100i1 fwln100i1 fwpr100p1 bond0.6 tap100i3 fwln100o3; do
  echo $name $(basename $(readlink /sys/class/net/$name/brport/bridge))
done
say ovs
for port in tap100i2 fwln100o3; do ovs-vsctl get Port $port tag trunks vlan_mode; done
ovs-vsctl list-ports vmbr2
say left
qm stop 100 || exit 1
devices | diff /run/before - && ovs-vsctl list-ports vmbr2
`;

describe.skipIf(missing !== undefined)(
  `network cards on switches${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  LAB_TIMEOUT,
  () => {
    it('are in their VLANs, behind their firewall bridges, and gone with the guest', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'pave-plug-'));
      const result = await inLab(`${plugProgram(folder)}${JOB}`);
      rmSync(folder, { recursive: true });
      expect(result.status, result.output).toBe(0);
      const said = parts(result.output);
      expect(said.reached).toBe(
        [5, 6, 7, 8].map((tag) => `guest${tag} reaches 10.0.${tag}.1\n`).join(''),
      );
      expect(said.tagged).toMatch(/^guest5 reaches 10\.1\.10\.1\neth3\n/);
      expect(said.vlans).toMatch(/tap100i0 +5 PVID Egress Untagged\n +10\n +20-22\n$/);
      expect(said.rate).toContain('rate 25165Kbit burst 1024Kb mtu 64Kb action drop');
      expect(said.rate).toMatch(/rate 25165Kbit ceil 25165Kbit burst (1Mb|1024Kb) /);
      expect(said.chain).toBe(
        'tap100i1 fwbr100i1\nfwln100i1 fwbr100i1\nfwpr100p1 vmbr1v6\nbond0.6 vmbr1v6\n' +
          'tap100i3 fwbr100i3\nfwln100o3 fwbr100i3\n',
      );
      expect(said.ovs).toBe(
        '7\n[10, 20, 21, 22]\nnative-untagged\n8\n[]\n[]\neth3\nfwln100o3\ntap100i2\n',
      );
      expect(said.left).toBe('eth3\n');
    });
  },
);
