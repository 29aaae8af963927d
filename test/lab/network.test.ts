/**
 * pave network in a kernel that has VLANs and bonds: applied through ifupdown2 and ifupdown, checked from
 * the other end of the cables, rolled back when nobody confirms.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MACHINE, plugProgram, TOOLS, toolsMissing } from './network-machine.js';
import { inLab, LAB_TIMEOUT, labMissing, labPackages, parts } from './uml.js';

/** ifupdown2 only warns of a script that fails. */
const BROKEN = `say broken
printf '\\nauto eth9\\niface eth9 inet manual\\n\\tpre-up false\\n' >>/etc/network/interfaces.new
sed -i '/^iface eth0/a \\\\taddress 192.0.2.7/24' /etc/network/interfaces.new
pave network apply --confirm-within 900; echo "status $?"
reached 192.0.2.2
ls /run/pave/network
`;

const missing = labMissing() ?? toolsMissing();

describe.skipIf(missing !== undefined)(
  `the network of a node${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  LAB_TIMEOUT,
  () => {
    it.each(Object.keys(TOOLS))('is applied and rolled back through %s', async (tool) => {
      const { packages, start } = TOOLS[tool]!;
      const folder = mkdtempSync(join(tmpdir(), 'pave-net-'));
      const result = await inLab(
        `${plugProgram(folder)}unpack ${labPackages(...packages).join(' ')}
${MACHINE}
without_address() { ! ip -br address show eth0 | grep 192.0.2.2; }
watchers() { for pid in $(busybox pgrep -f 'pave-network-rollback|revert --unconfirmed'); do kill -$1 $pid; done; }
${start}
pave network create eth1 --type eth || exit 1
pave network create eth2 --type eth
pave network create bond0 --type bond --slaves eth1,eth2 --bond_mode active-backup --bond-primary eth2 --autostart 1
pave network create vmbr0 --type bridge --bridge_ports bond0 --bridge_vlan_aware 1 --autostart 1
pave network create eth3 --type eth
pave network create bond1 --type bond --slaves eth3 --autostart 1
pave network create vmbr1 --type bridge --bridge_ports bond1 --autostart 1
pave network create bond0.5 --type vlan --cidr 10.5.0.1/24 --autostart 1
say collected
pave network pending
say applied
pave network apply --confirm-within 900 || exit 1
cat /sys/class/net/bond0/bonding/{mode,primary} /sys/class/net/vmbr0/bridge/vlan_filtering
say waits
pave network set eth0 --delete cidr 2>&1
grep -c bond0 /etc/network/interfaces
say confirmed
pave network confirm && ls /etc/network
grep -c 'iface bond0 ' /etc/network/interfaces
outside ip link add link p2 name p2.5 type vlan id 5
outside ip address add 10.5.0.2/24 dev p2.5
outside ip link set p2.5 up
reached 10.5.0.1
ip tuntap add dev tap100i0 mode tap
ip link set tap100i0 master vmbr0 up
bridge vlan del dev tap100i0 vid 1-4094
bridge vlan add dev tap100i0 vid 7 pvid untagged
bridge vlan add dev tap100i0 vid 20-22
ip tuntap add dev tap101i0 mode tap
plug 'plug tap101i0 vmbr1 {"tag":6}' || exit 1
pave network set vmbr0 --mtu 1400 >/dev/null 2>&1
pave network set bond1 --bond_mode broadcast >/dev/null 2>&1
say locked out
pave network set eth0 --delete cidr >/dev/null 2>&1
setsid pave network apply --confirm-within 8 & apply=$!
await without_address
# However long a look takes: it is before the roll-back, which waits for the lock or is stopped.
watchers STOP
watchers STOP
kill -9 $apply
wait $apply 2>/dev/null
cut_off 192.0.2.2
watchers CONT
say rolled back
await gone /run/pave/network/unconfirmed.json
flock /etc/network/.pve-interfaces.lock true
reached 192.0.2.2
grep -c 'address 192.0.2.2' /etc/network/interfaces
ls /run/pave/network
say guest
basename $(readlink /sys/class/net/tap100i0/brport/bridge)
bridge -compressvlans vlan show dev tap100i0
cat /sys/class/net/tap100i0/operstate
ls -1 /sys/class/net/vmbr1v6/brif
${tool === 'ifupdown' ? BROKEN : ''}say dropped
pave network revert
ls /etc/network
exit 0`,
      );
      rmSync(folder, { recursive: true });
      expect(result.status, result.output).toBe(0);
      const said = parts(result.output);
      expect(said.collected).toContain('+\tbond-mode active-backup\n+\tbond-primary eth2\n');
      expect(said.collected).toContain('+\tbridge-vlan-aware yes\n+\tbridge-vids 2-4094\n');
      expect(said.applied).toContain('applied; rolled back in 900 s unless confirmed');
      expect(said.applied).toContain('active-backup 1\neth2\n1\n');
      expect(said.waits).toContain('an applied change of the network waits to be confirmed');
      // A reboot before the confirmation would come up as before.
      expect(said.waits).toMatch(/^0$/m);
      expect(said.confirmed).not.toContain('interfaces.new');
      expect(said.confirmed).toMatch(/^1\nreached$/m);
      expect(said['locked out']).toMatch(/^cut off$/m);
      expect(said['rolled back']).toContain('reached\n1\nrollback.log');
      expect(said['rolled back']).not.toContain('unconfirmed.json');
      expect(said.guest).toMatch(/^vmbr0\n.*\ntap100i0 +7 PVID Egress Untagged\n +20-22\n/);
      // The card of a per-VLAN bridge is made anew with what it lies on.
      expect(said.guest).toMatch(/\nbond1\.6\ntap101i0\n/);
      if (tool === 'ifupdown') {
        expect(said.broken).toContain('that failed: going back to the old configuration');
        expect(said.broken).toMatch(/^status 255\nreached$/m);
        expect(said.broken).not.toContain('unconfirmed.json');
      }
      expect(said.dropped).not.toContain('interfaces.new');
    });

    it('has bonds of all seven modes', async () => {
      const modes = [
        'balance-rr',
        'active-backup',
        'balance-xor',
        'broadcast',
        '802.3ad',
        'balance-tlb',
        'balance-alb',
      ];
      const result = await inLab(
        `unpack ${labPackages('ifupdown2').join(' ')}
${MACHINE}
${TOOLS.ifupdown2!.start}
for i in 10 11 12 13 14 15 16; do ip link add eth$i type veth peer name q$i netns switch; outside ip link set q$i up; printf '\\niface eth%d inet manual\\n' $i >>/etc/network/interfaces; done
i=0
for mode in ${modes.join(' ')}; do
  case $mode in balance-xor | 802.3ad) hash='--bond_xmit_hash_policy layer3+4' ;; *) hash= ;; esac
  pave network create bond$i --type bond --slaves eth1$i --bond_mode $mode $hash --autostart 1 >/dev/null 2>&1 || exit 1
  i=$((i + 1))
done
say modes
pave network apply --confirm-within 0
for i in 0 1 2 3 4 5 6; do cut -d' ' -f1 /sys/class/net/bond$i/bonding/mode; done
cat /sys/class/net/bond4/bonding/xmit_hash_policy
ls /etc/network
exit 0`,
      );
      expect(result.status, result.output).toBe(0);
      const said = parts(result.output);
      expect(said.modes).toContain(`${modes.join('\n')}\nlayer3+4 1\n`);
      expect(said.modes).not.toContain('interfaces.new');
    });
  },
);
