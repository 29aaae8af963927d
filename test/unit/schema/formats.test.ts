import { describe, expect, test } from 'vitest';
import {
  checkFormat,
  fitsFormat,
  getFormat,
  netmaskBits,
  parseHostAndPort,
  registerFormat,
  registerPropertyFormat,
} from '../../../src/schema/formats.js';

describe('named formats', () => {
  test.each([
    ['pve-vmid', ['100', '999999999'], ['99', '0100', '1000000000', 'a']],
    ['pve-node', ['a', 'node-1'], ['-a', 'a-', 'a.b', '']],
    ['pve-storage-id', ['local', 'a1', 'a-b.c'], ['a', '1a', 'a-', 'a b']],
    ['pve-configid', ['a1', 'A_-'], ['a', '1a']],
    ['pve-volume-id', ['local:100/vm-100-disk-0.raw'], ['local', ':x', 'local:']],
    ['mac-addr', ['BC:24:11:00:00:01'], ['01:00:00:00:00:00', 'BC:24:11:00:00']],
    ['mac-prefix', ['BC:24:11', 'BC:24:1', 'BC'], ['BD:24:11', 'BC:24:11:22:']],
    ['ipv4', ['0.0.0.0', '255.255.255.255'], ['256.0.0.1', '1.2.3', '01.2.3.4']],
    [
      'ipv6',
      ['::', '::1', 'fe80::1', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4'],
      ['1::2::3', '1:2', ':::'],
    ],
    ['CIDRv4', ['10.0.0.0/8', '10.0.0.1/32'], ['10.0.0.0/7', '10.0.0.0/33', '10.0.0.0']],
    ['CIDR', ['fe80::/64', '10.0.0.0/24'], ['fe80::/129', 'x/24']],
    ['pve-ipv4-config', ['dhcp', 'manual', '1.2.3.4/24'], ['auto', '1.2.3.4']],
    ['pve-ipv6-config', ['auto', 'dhcp', '::1/64'], ['1.2.3.4/24']],
    ['dns-name', ['a.b-c.d'], ['-a.b', 'a..b']],
    ['address', ['::1', 'host.example'], ['a_b']],
    ['email', ['a.b+c@d-e.f'], ['a@', '@b', 'a b@c']],
    ['disk-size', ['32G', '1.5T', '512', '4KiB'], ['32g', 'G', '5iB', '1P']],
    ['pve-startup-order', ['order=1,up=2', '3', 'down=5'], ['order=a', 'x=1', '']],
    ['pve-tag', ['a', '1+2', 'a_b.c'], ['-a', 'a b', '']],
    ['pve-vlan-id-or-range', ['2', '2-4094'], ['1', '5-2', '4095', 'a']],
    ['storage-pair', ['a1:b1', 'a1', '1'], ['a1:b', 'a1:b1:c1']],
    ['timezone', ['UTC', 'Europe/Vienna'], ['Europe', 'Mars/Base', 'europe/vienna']],
    ['pve-storage-content', ['images', 'import'], ['image', '']],
    ['pve-dir-override', ['iso=my/iso', 'backup=a.b'], ['iso=../x', 'nope=a', 'iso=']],
    ['pve-storage-zfs-blocksize', ['4k', '16M', '512', ''], ['3k', '32M', '256', '04k']],
  ])('%s', (name, good, bad) => {
    for (const text of good) expect([text, fitsFormat(name, text)]).toEqual([text, true]);
    for (const text of bad) expect([text, fitsFormat(name, text)]).toEqual([text, false]);
  });

  test('a list checks every item, an empty one fits', () => {
    expect(() => checkFormat('pve-vmid-list', '100, 101;102 103')).not.toThrow();
    expect(() => checkFormat('pve-vmid-list', '')).not.toThrow();
    expect(() => checkFormat('pve-vmid-list', '100,99')).toThrow('valid VM ID');
    expect(() => checkFormat('pve-configid-alist', 'ab\0cd')).not.toThrow();
  });

  test('-opt lets empty and 0 pass', () => {
    expect(fitsFormat('pve-vmid-opt', '')).toBe(true);
    expect(fitsFormat('pve-vmid-opt', '0')).toBe(true);
    expect(fitsFormat('pve-vmid-opt', '99')).toBe(false);
  });

  test('an unknown format is an error, not a pass', () => {
    expect(() => checkFormat('no-such', 'x')).toThrow("undefined format 'no-such'");
    expect(() => checkFormat('bwlimit-list', 'x')).toThrow('property string');
  });

  test('a name can be registered once, again only by the same owner', () => {
    const check = () => undefined;
    registerFormat('test-own', check);
    registerFormat('test-own', check);
    expect(getFormat('test-own')).toBe(check);
    expect(() => registerFormat('test-own', () => undefined)).toThrow('already registered');
    expect(() => registerFormat('pve-vmid', check)).toThrow('already registered');
    const keys = { a: { type: 'string' } } as const;
    registerPropertyFormat('test-own-keys', keys);
    registerPropertyFormat('test-own-keys', keys);
    expect(fitsFormat('test-own-keys', 'a=1')).toBe(true);
    expect(fitsFormat('test-own-keys', 'b=1')).toBe(false);
  });

  test('pem needs a whole block of the right label', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nTUlJ\nQUJD\n-----END CERTIFICATE-----\n';
    expect(fitsFormat('pem-certificate', `Subject: x\n${pem}`)).toBe(true);
    expect(fitsFormat('pem-certificate', pem + pem)).toBe(false);
    expect(fitsFormat('pem-certificate-chain', `${pem}\n${pem}`)).toBe(true);
    expect(fitsFormat('pem-certificate', pem.replaceAll('CERTIFICATE', 'PRIVATE KEY'))).toBe(false);
    expect(fitsFormat('pem-string', pem.replaceAll('CERTIFICATE', 'PRIVATE KEY'))).toBe(true);
    expect(fitsFormat('pem-string', '-----BEGIN X-----\n')).toBe(false);
  });
});

test('netmask to prefix length', () => {
  expect(netmaskBits('0.0.0.0')).toBe(0);
  expect(netmaskBits('255.255.240.0')).toBe(20);
  expect(netmaskBits('255.0.255.0')).toBeUndefined();
});

test('host and port', () => {
  expect(parseHostAndPort('a.b:80')).toEqual({ host: 'a.b', port: '80' });
  expect(parseHostAndPort('[::1]:80')).toEqual({ host: '::1', port: '80' });
  expect(parseHostAndPort('fe80::1')).toEqual({ host: 'fe80::1' });
  expect(parseHostAndPort('a b')).toBeUndefined();
});
