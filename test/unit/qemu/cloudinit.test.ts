import { describe, expect, it } from 'vitest';
import { emptyGuestConfig } from '../../../src/config/guest-config.js';
import { cloudInitDrive, cloudInitType } from '../../../src/qemu/cloudinit/data.js';
import { parseIpConfig } from '../../../src/qemu/cloudinit/network.js';
import { cloudInitChanges, recordChange } from '../../../src/qemu/cloudinit/record.js';
import { checkSshKeys } from '../../../src/qemu/cloudinit/secrets.js';

const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDEi9DPLXB0nptLkRl0ar2rnvTxlzXrbG9TYKUxU+V3c me@host';
const RESOLV =
  '# by hand\nsearch lan.example more.example\nnameserver 9.9.9.9\nnameserver fd00::1\n';

const values = (entries: Record<string, string>) => new Map(Object.entries(entries));
const base = {
  name: 'web',
  searchdomain: 'example.com',
  nameserver: '10.0.0.1 10.0.0.2',
  ciuser: 'root',
  cipassword: '$5$salt$hash',
  sshkeys: encodeURIComponent(`${KEY}\n\n`),
  net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0,mtu=1400',
  net1: 'virtio=BC:24:11:00:00:02,bridge=vmbr0',
  net2: 'virtio=BC:24:11:00:00:03,bridge=vmbr0',
  net10: 'virtio=BC:24:11:00:00:04,bridge=vmbr0',
  ipconfig0: 'ip=10.0.0.5/20,gw=10.0.0.1,ip6=fd00::5/64,gw6=fd00::1',
  ipconfig1: 'ip=dhcp,ip6=auto',
  ipconfig10: 'ip6=dhcp',
};

describe('the cloud-init drive', () => {
  it('nocloud: user data, network of version 1, an id that follows the content', () => {
    const { label, files } = cloudInitDrive(values(base), 100, { resolv: RESOLV });
    expect(label).toBe('cidata');
    expect([...files.keys()]).toEqual(['user-data', 'network-config', 'meta-data', 'vendor-data']);
    expect(files.get('user-data')).toBe(
      `#cloud-config\nhostname: web\nmanage_etc_hosts: true\nfqdn: web.example.com\nuser: root\ndisable_root: False\npassword: $5$salt$hash\nssh_authorized_keys:\n  - ${KEY}\nchpasswd:\n  expire: False\npackage_upgrade: true\n`,
    );
    expect(files.get('network-config')).toBe(`version: 1
config:
    - type: physical
      name: eth0
      mac_address: 'bc:24:11:00:00:01'
      subnets:
      - type: static
        address: '10.0.0.5'
        netmask: '255.255.240.0'
        gateway: '10.0.0.1'
      - type: static6
        address: 'fd00::5/64'
        gateway: 'fd00::1'
    - type: physical
      name: eth1
      mac_address: 'bc:24:11:00:00:02'
      subnets:
      - type: dhcp4
      - type: ipv6_slaac
    - type: physical
      name: eth10
      mac_address: 'bc:24:11:00:00:04'
      subnets:
      - type: dhcp6
    - type: nameserver
      address:
      - '10.0.0.1'
      - '10.0.0.2'
      search:
      - 'example.com'
`);
    expect(files.get('meta-data')).toMatch(/^instance-id: [0-9a-f]{40}\n$/);
    const other = cloudInitDrive(values({ ...base, ciuser: 'me' }), 100, { resolv: RESOLV });
    expect(other.files.get('meta-data')).not.toBe(files.get('meta-data'));
    expect(other.files.get('user-data')).toContain('users:\n  - default\n');
  });

  it("takes the host's resolver and the id's name where the config says nothing", () => {
    const { files } = cloudInitDrive(values({ ciupgrade: '0' }), 7000, { resolv: RESOLV });
    expect(files.get('user-data')).toContain('hostname: VM7000\n');
    expect(files.get('user-data')).not.toContain('package_upgrade');
    expect(files.get('network-config')).toContain(
      "address:\n      - '9.9.9.9'\n      - 'fd00::1'\n      search:\n      - 'lan.example'\n",
    );
  });

  it('configdrive2: for Windows unless told otherwise, with what cloudbase-init reads', () => {
    expect(cloudInitType(values({ ostype: 'win11' }))).toBe('configdrive2');
    expect(cloudInitType(values({ ostype: 'win11', citype: 'nocloud' }))).toBe('nocloud');
    const linux = cloudInitDrive(values({ ...base, citype: 'configdrive2' }), 100, { resolv: '' });
    expect(linux.label).toBe('config-2');
    expect(linux.files.get('openstack/content/0000')).toBe(`auto lo
iface lo inet loopback

        dns_nameservers 10.0.0.1 10.0.0.2
        dns_search example.com
auto eth0
iface eth0 inet static
        address 10.0.0.5
        netmask 255.255.240.0
        gateway 10.0.0.1
iface eth0 inet6 static
        address fd00::5
        netmask 64
        gateway fd00::1
auto eth1
iface eth1 inet dhcp
iface eth1 inet6 auto
auto eth10
iface eth10 inet6 dhcp
`);
    const meta = linux.files.get('openstack/latest/meta_data.json')!;
    expect(JSON.parse(meta)).toEqual({
      uuid: expect.stringMatching(/^[0-9a-f]{40}$/),
      network_config: { content_path: '/content/0000' },
    });
    const windows = cloudInitDrive(values({ ...base, ostype: 'win10' }), 100, { resolv: '' });
    expect(JSON.parse(windows.files.get('openstack/latest/meta_data.json')!)).toMatchObject({
      admin_pass: '$5$salt$hash',
      public_keys: { 'key-0': KEY },
    });
    expect(windows.files.get('openstack/content/0000')).toContain(
      '        gateway 10.0.0.1\n        dns-nameservers 10.0.0.1 10.0.0.2\n',
    );
  });

  it('opennebula: variables of a shell', () => {
    const { label, files } = cloudInitDrive(values({ ...base, citype: 'opennebula' }), 100, {
      resolv: '',
    });
    expect(label).toBe('CONTEXT');
    expect(files.get('context.sh')).toBe(`USERNAME=root
CRYPTED_PASSWORD_BASE64=${Buffer.from('$5$salt$hash').toString('base64')}

SSH_PUBLIC_KEY="${KEY}"
SET_HOSTNAME=web
DNS="10.0.0.1 10.0.0.2"
SEARCH_DOMAIN="example.com"
ETH0_IP=10.0.0.5
ETH0_MASK=255.255.240.0
ETH0_MAC=bc:24:11:00:00:01
ETH0_GATEWAY=10.0.0.1
ETH0_MTU=1400
ETH0_IP6=fd00::5
ETH0_MASK6=64
ETH0_MAC6=bc:24:11:00:00:01
ETH0_GATEWAY6=fd00::1
ETH0_MTU=1400
ETH1_DHCP=YES
ETH1_AUTO6=YES
ETH10_DHCP6=YES
NETWORK=YES
`);
  });

  it("takes the admin's own files, and refuses what does not fit", () => {
    const custom = { user: '#cloud-config\nfoo: bar\n', vendor: 'x' };
    const { files } = cloudInitDrive(values(base), 100, { resolv: '', custom });
    expect(files.get('user-data')).toBe(custom.user);
    expect(files.get('vendor-data')).toBe('x');
    expect(() =>
      cloudInitDrive(values(base), 100, { resolv: '', custom: { user: 'x'.repeat(3 << 20) } }),
    ).toThrow('too big');
  });

  it('refuses gateways that lead nowhere', () => {
    expect(() => parseIpConfig('ip=dhcp,gw=10.0.0.1')).toThrow('gateway specified together with');
    expect(() => parseIpConfig('ip6=auto,gw6=fd00::1')).toThrow('IPv6 gateway specified together');
    expect(parseIpConfig('ip=dhcp')).toEqual({ ip: 'dhcp' });
  });
});

describe('changes since the drive was made', () => {
  it('are remembered until they are undone', () => {
    const config = emptyGuestConfig('qemu');
    const section = () => Object.fromEntries(config.special.get('cloudinit')?.values ?? []);
    const set = (key: string, value: string | undefined) => {
      recordChange(config, key, config.main.values.get(key), value);
      if (value === undefined) config.main.values.delete(key);
      else config.main.values.set(key, value);
    };
    config.main.values.set('ciuser', 'a');
    set('ciuser', 'b');
    set('ciuser', 'c');
    set('nameserver', '1.1.1.1');
    set('memory', '512');
    expect(section()).toEqual({ ciuser: 'a', added: 'nameserver' });
    expect(cloudInitChanges(config)).toEqual([
      { key: 'ciuser', value: 'a', pending: 'c' },
      { key: 'nameserver', pending: '1.1.1.1' },
    ]);
    set('ciuser', undefined);
    expect(cloudInitChanges(config)).toContainEqual({ key: 'ciuser', value: 'a', delete: 1 });
    set('ciuser', 'a');
    set('nameserver', undefined);
    expect(config.special.has('cloudinit')).toBe(false);
  });
});

describe('SSH keys', () => {
  it('are checked before a guest is locked out', () => {
    expect(() => checkSshKeys(`${KEY}\n\nfrom="10.0.0.0/8" ${KEY}\n`)).not.toThrow();
    expect(() => checkSshKeys('ssh-rsa nonsense')).toThrow('SSH public key validation error');
    expect(() => checkSshKeys(KEY.replace('ssh-ed25519', 'ssh-rsa'))).toThrow();
    expect(() => checkSshKeys('-----BEGIN OPENSSH PRIVATE KEY-----')).toThrow();
  });
});
