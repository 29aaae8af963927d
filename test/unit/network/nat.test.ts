import { describe, expect, it } from 'vitest';
import { overlaps4, parseNetwork4 } from '../../../src/network/addresses.js';
import { readInterfaces } from '../../../src/network/interfaces/read.js';
import { writeInterfaces } from '../../../src/network/interfaces/write.js';
import { natOf } from '../../../src/network/nat.js';
import { addStanza, dropStanza, natStanza } from '../../../src/network/nat-stanza.js';
import { planOf } from '../../../src/network/plan.js';
import { trunkIds } from '../../../src/network/port/ovs.js';

const bridge = {
  name: 'vmbr1',
  cidr: '10.10.10.1/24',
  dhcp: { first: '10.10.10.100', last: '10.10.10.249' },
};
const stanza = natStanza(bridge, (path) => path);

describe('NAT networks in the file', () => {
  it.each([
    ['auto lo\niface lo inet loopback\n'],
    ['auto eth0\niface eth0 inet dhcp\n\n# the end\n'],
    [writeInterfaces(readInterfaces('auto eth0\niface eth0 inet dhcp\n'), { ifupdown2: false })],
  ])('come and go, and leave the rest byte for byte: %j', (text) => {
    const added = addStanza(text, stanza);
    expect(added.startsWith(text)).toBe(true);
    expect(dropStanza(added, 'vmbr1')).toBe(text);
  });

  it('go also when they stand between others and share an auto line', () => {
    const text = `auto lo vmbr1 eth0\n${stanza.replace(/^auto.*\n/, '')}\niface eth0 inet dhcp\n`;
    expect(dropStanza(text, 'vmbr1')).toBe('auto lo eth0\niface eth0 inet dhcp\n');
  });

  it('are known again, also after the whole file was written anew', () => {
    const once = readInterfaces(addStanza(undefined, stanza));
    expect(natOf('vmbr1', once.ifaces.vmbr1!)).toEqual(bridge);
    const again = readInterfaces(writeInterfaces(once, { ifupdown2: false }));
    expect(natOf('vmbr1', again.ifaces.vmbr1!)).toEqual(bridge);
  });
});

describe('IPv4 networks', () => {
  it('are taken apart', () => {
    const network = parseNetwork4('192.168.7.130/25');
    expect(network).toMatchObject({ network: '192.168.7.128', hosts: 126 });
    expect(network.host(1)).toBe('192.168.7.129');
  });
  it.each([
    ['10.0.0.0/8', '10.200.0.0/16', true],
    ['10.10.10.0/25', '10.10.10.128/25', false],
    ['0.0.0.0/0', '203.0.113.1/32', true],
  ])('%s and %s overlap: %s', (a, b, wanted) => {
    expect(overlaps4(parseNetwork4(a), parseNetwork4(b))).toBe(wanted);
    expect(overlaps4(parseNetwork4(b), parseNetwork4(a))).toBe(wanted);
  });
  it.each(['10.0.0/24', '10.0.0.256/24', '10.0.0.1/33', '::1/64'])('%s is none', (text) => {
    expect(() => parseNetwork4(text)).toThrow(`'${text}' is no IPv4 network`);
  });
});

it('trunks are spelled out for Open vSwitch', () => {
  expect(trunkIds('2;10-12;40')).toEqual([2, 10, 11, 12, 40]);
});

describe('what ifupdown takes down and brings up', () => {
  const before = readInterfaces(
    'auto eth0\niface eth0 inet dhcp\nauto bond0\niface bond0 inet manual\n\tbond-slaves eth1\nauto vmbr0\niface vmbr0 inet manual\n\tbridge-ports bond0.7\nauto vmbr0.5\niface vmbr0.5 inet manual\niface eth1 inet manual\n',
  );
  const all = Object.keys(before.ifaces);

  it('is nothing where nothing differs', () => {
    expect(planOf(before, structuredClone(before), all)).toEqual({ down: [], up: [], half: [] });
  });
  it('is what differs and all that stands on it, from the top down and from the ground up', () => {
    const after = structuredClone(before);
    after.ifaces.bond0!.bond_mode = '802.3ad';
    const plan = planOf(before, after, all);
    expect(plan).toEqual({
      down: ['vmbr0.5', 'vmbr0', 'bond0'],
      up: ['bond0', 'vmbr0', 'vmbr0.5'],
      half: [],
    });
  });
  it('leaves down what is not up and shall not be', () => {
    const after = structuredClone(before);
    after.ifaces.eth1!.mtu = '9000';
    const plan = planOf(before, after, ['eth0']);
    expect(plan).toMatchObject({ down: [], up: ['bond0', 'vmbr0', 'vmbr0.5'] });
    // Of which something may be there, where an earlier try broke off.
    expect(plan.half).toEqual(['vmbr0.5', 'vmbr0', 'bond0']);
  });
});
