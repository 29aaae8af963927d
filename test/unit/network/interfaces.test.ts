import { describe, expect, it } from 'vitest';
import { readInterfaces } from '../../../src/network/interfaces/read.js';
import { writeInterfaces } from '../../../src/network/interfaces/write.js';

const HEADER = writeInterfaces({ ifaces: {}, options: [] }, { ifupdown2: false });
const rewrite = (text: string, ifupdown2 = false) =>
  writeInterfaces(readInterfaces(text), { ifupdown2 });

describe('/etc/network/interfaces', () => {
  it('keeps what the model has no room for', () => {
    const text = `${HEADER}# of the installer
auto lo
iface lo inet loopback

# drop-ins
source /etc/network/interfaces.d/*
mapping eth9
	script /usr/local/bin/map
	map home eth9-home

# the uplink
allow-hotplug eth0
iface eth0 inet static
	address 192.0.2.2/24
	gateway 192.0.2.1
	broadcast 192.0.2.255
	post-up ethtool -K eth0 tso off \\
	gso off
	pre-down true
# left port

iface eth0 inet6 auto

# the end
`;
    expect(rewrite(text)).toBe(text);
  });

  it('is stable: what was written once is written the same again', () => {
    const text = `auto eth0
iface eth0 inet dhcp
iface eth1 inet manual
iface eth2 inet manual
auto bond0
iface bond0 inet manual
  bond_slaves eth1 eth2
  bond_mode 4
  bond_xmit_hash_policy layer3+4
iface vmbr0 inet static
  address 10.0.0.2
  netmask 255.255.255.0
  bridge_ports bond0
  bridge_vlan_aware yes
iface vmbr0.7 inet6 static
  address 2001:db8::2
  netmask 64
`;
    const once = rewrite(text);
    expect(rewrite(once)).toBe(once);
    expect(once).toContain('\tbond-mode 802.3ad\n\tbond-xmit-hash-policy layer3+4\n');
    expect(once).toContain('iface vmbr0 inet static\n\taddress 10.0.0.2/24\n');
    expect(once).toContain('\tbridge-vlan-aware yes\n\tbridge-vids 2-4094\n');
    expect(once).toContain('iface vmbr0.7 inet6 static\n\taddress 2001:db8::2/64\n');
  });

  it.each([
    ['iface vmbr0 inet manual\n bridge-ports eth7x\n', "unable to find bridge port 'eth7x'"],
    [
      'iface eth0 inet static\n address 10.0.0.1/24\n\niface vmbr0 inet manual\n bridge-ports eth0\n',
      "ip address can't be set on interface if bridged in vmbr0",
    ],
    [
      'iface eth0 inet manual\n\niface vmbr0 inet manual\n bridge-ports eth0\n\niface vmbr1 inet manual\n bridge-ports eth0\n',
      "port 'eth0' is already used on interface 'vmbr0'",
    ],
    ['iface eth0 inet manual\n\niface eth0.4095 inet manual\n', 'vlan-id 4095 should be <= 4094'],
    [
      'iface eth0 inet manual\n mtu 1400\n\niface eth0.5 inet manual\n mtu 1500\n',
      "interface 'eth0' - mtu 1400 is lower than 'eth0.5' - mtu 1500",
    ],
  ])('refuses %j', (text, reason) => {
    expect(() => rewrite(text)).toThrow(reason);
  });
});
