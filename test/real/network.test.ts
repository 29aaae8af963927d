/** pave network: changes are checked, collected and shown; nothing is applied. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Netns, netns } from '../lib/netns.js';
import { type Sandbox, sandbox } from './sandbox.js';

const BEFORE = `auto lo
iface lo inet loopback

auto eth0
iface eth0 inet static
	address 192.0.2.2/24
	gateway 192.0.2.1

iface eth1 inet manual
`;

describe('pave network', { timeout: 60_000 }, () => {
  let space: Netns;
  let box: Sandbox;
  const file = (name = 'interfaces') => join(box.root, 'etc/network', name);
  const staged = () => readFileSync(file('interfaces.new'), 'utf8');
  const pave = (...args: string[]) => box.run('pave', 'network', ...args);
  const ok = async (...args: string[]) => {
    const result = await pave(...args);
    expect(result.code, result.stderr).toBe(0);
    return result.stdout;
  };

  beforeAll(() => {
    space = netns('conf');
    box = sandbox({ netns: space.name });
    mkdirSync(join(box.root, 'etc/network'), { recursive: true });
    writeFileSync(file(), BEFORE);
  });
  afterAll(() => {
    box.dispose();
    space.dispose();
  });

  it('collects changes beside the file in force, and shows them', async () => {
    const diff = await ok('create', 'vmbr0', '--type', 'bridge', '--bridge_ports', 'eth1');
    expect(diff).toContain('+iface vmbr0 inet manual\n+\tbridge-ports eth1\n');
    expect(await ok('pending')).toBe(diff);
    expect(readFileSync(file(), 'utf8')).toBe(BEFORE);
    const list = JSON.parse(await ok('list', '--type', 'bridge', '--output-format', 'json'));
    expect(list).toMatchObject([{ iface: 'vmbr0', type: 'bridge', ports: 'eth1' }]);
  });

  it('changes what is given and keeps the rest', async () => {
    await ok('set', 'eth0', '--mtu', '9000', '--comments', 'uplink');
    expect(staged()).toContain(
      'iface eth0 inet static\n\taddress 192.0.2.2/24\n\tgateway 192.0.2.1\n\tmtu 9000\n#uplink\n',
    );
    await ok('set', 'eth0', '--delete', 'mtu,comments');
    await ok('set', 'eth0', '--cidr6', '2001:db8::2/64');
    expect(staged()).toContain('iface eth0 inet6 static\n\taddress 2001:db8::2/64\n');
    await ok('set', 'eth0', '--delete', 'cidr6');
    const aware = ['--bridge_vlan_aware', '1', '--bridge_vids', '2,4,100-200'];
    const { code, stderr } = await box.run('pave', 'network', 'set', 'vmbr0', ...aware);
    expect(code).toBe(0);
    expect(stderr).toContain('only untagged traffic passes eth1: apt install ifupdown2');
    expect(staged()).toContain('\tbridge-vlan-aware yes\n\tbridge-vids 2 4 100-200\n');
  });

  it.each([
    ['create vmbr0 --type bridge', 'iface: interface already exists'],
    ['set vmbr9 --mtu 1500', 'iface: interface does not exist'],
    ['create vmbr2 --type bridge --bridge_ports eth1', "eth1 is already used on interface 'vmbr0'"],
    [
      'create vmbr2 --type bridge --cidr 198.51.100.2/24 --gateway 198.51.100.1',
      "gateway: Default gateway already exists on interface 'eth0'.",
    ],
    ['create vmbr2 --type bridge --cidr6 ff02::5/64', "with type 'MULTICAST', cannot be used"],
    [
      'create vmbr2 --type bridge --bridge_ports eth0',
      "ip address can't be set on interface if br",
    ],
    ['create bond0 --type bond --slaves eth7', "bond 'bond0' - unable to find slave 'eth7'"],
    ['create team0 --type bond --slaves eth1', 'a bond is named bond<number>'],
    ['create eth0.5 --type vlan --mtu 9000', "mtu 1500 is lower than 'eth0.5' - mtu 9000"],
    ['create averyverylongname --type bridge', 'has more than 15 characters'],
    ['create vmbr2 --type bridge --cidr 1.2.3.4/24 --address 1.2.3.4 --netmask 255.0.0.0', 'conf'],
  ])('refuses %s', async (words, reason) => {
    const before = staged();
    const { code, stderr } = await pave(...words.split(' '));
    expect(code).not.toBe(0);
    expect(stderr).toContain(reason);
    expect(staged()).toBe(before);
  });

  it.each([
    [
      'create vmbr2 --type bridge --slaves eth1 --bond_mode 802.3ad --bridge_vids 5 --gateway 10.0.0.1 --cidr6 ::5/64',
      [
        "slaves: only for an interface of type bond; 'vmbr2' is of type bridge",
        'bond_mode: only for an interface of type bond, OVSBond',
        'bridge_vids: only for a VLAN aware bridge: give --bridge_vlan_aware 1 too',
        "gateway: Default gateway already exists on interface 'eth0'.",
        "address6: ::5 with type 'RESERVED', cannot be used as host IPv6 address.",
      ],
    ],
    [
      'create bond0 --type bond --slaves bond0,eth5 --bond_mode balance-slb --bond-primary eth5 --bond_xmit_hash_policy layer2',
      [
        "slaves: 'bond0' can't be a port of itself",
        "bond_mode: 'balance-slb' is none of an ordinary bond: balance-rr, active-backup, balance-xor, broadcast, 802.3ad, balance-tlb, balance-alb",
        'bond-primary: only for bond_mode active-backup; it is balance-slb',
        'bond_xmit_hash_policy: only for bond_mode balance-xor and 802.3ad; it is balance-slb',
      ],
    ],
    [
      'create eth0.5 --type vlan --vlan-raw-device eth5 --vlan-id 6 --cidr 192.0.2.2/24 --gateway6 2001:db8::1',
      [
        "vlan-raw-device: the name 'eth0.5' says that it lies on 'eth0'",
        "vlan-id: the name 'eth0.5' says that it is VLAN 5",
        "address: 192.0.2.2 is already the address of interface 'eth0'",
        "gateway6: needs an address on 'eth0.5': give --cidr6 too",
      ],
    ],
    [
      'set eth0 --delete cidr,mtu --mtu 1400',
      ['delete: the gateway needs an address: delete gateway as well', "mtu: can't be set and"],
    ],
    ['set eth0 --delete type,bogus', ['delete: no such setting: type, bogus']],
    [
      'create vlan7 --type vlan',
      ["vlan 'vlan7' - missing vlan-raw-device", 'hint: give --vlan-raw-device'],
    ],
    [
      'create vmbr2 --type bridge --bridge_ports eth0,eth7',
      [
        "iface eth0 - ip address can't be set on interface if bridged in vmbr2",
        "bridge 'vmbr2' - unable to find bridge port 'eth7'",
        'hint: move it to the bridge, after: pave network set eth0 --delete cidr,gateway',
        'pave network create eth7 --type eth',
      ],
    ],
    ['create tap20 --type OVSIntPort', ['ovs_bridge: parameter is required']],
    ['create tap20 --type OVSIntPort --ovs_bridge vmbr0', ["interface 'vmbr0' is no OVS bridge"]],
  ])('tells all that is wrong with %s', async (words, reasons) => {
    const before = staged();
    const { code, stderr } = await pave(...words.split(' '));
    expect(code).not.toBe(0);
    for (const reason of reasons) expect(stderr).toContain(reason);
    expect(staged()).toBe(before);
  });

  it('forgets changes that cancel each other out, and drops the others when told to', async () => {
    await ok('delete', 'vmbr0');
    // Nothing is left to change: the file was not even rewritten.
    expect(existsSync(file('interfaces.new'))).toBe(false);
    await ok('create', 'eth0.5', '--type', 'vlan');
    await ok('revert');
    expect(existsSync(file('interfaces.new'))).toBe(false);
    expect(readFileSync(file(), 'utf8')).toBe(BEFORE);
  });

  const ifupdown = ['/usr/sbin/ifup', '/sbin/ifup'].some((path) => existsSync(path));
  it.skipIf(ifupdown)(
    'says what is missing to apply them (skipped where ifupdown is)',
    async () => {
      await ok('create', 'eth0.5', '--type', 'vlan');
      const { code, stderr } = await pave('apply');
      expect(code).not.toBe(0);
      expect(stderr).toContain('neither ifupdown2 nor ifupdown is installed');
      expect(stderr).toContain('apt install ifupdown2');
      expect(existsSync(file('interfaces.new'))).toBe(true);
      expect((await pave('confirm')).stderr).toContain('no applied change of the network waits');
    },
  );
});
