/** pave network nat in namespaces: a client gets its address by DHCP and reaches the world. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cable, type Netns, netns } from '../lib/netns.js';
import { type Sandbox, sandbox, until } from './sandbox.js';

const BRIDGE = 'vmbr1';
const BEFORE = '# mine\nauto lo\niface lo inet loopback\n\nsource /etc/network/interfaces.d/*\n';

/** Seconds that end what hangs. */
const LONG = 300;

const runs = (pid: number) => existsSync(`/proc/${pid}`);

describe('a NAT network', { timeout: 2 * LONG * 1000 }, () => {
  let host: Netns;
  let client: Netns;
  let world: Netns;
  let box: Sandbox;
  const file = () => join(box.root, 'etc/network/interfaces');
  const pave = async (...args: string[]) => {
    const result = await box.run('pave', 'network', ...args);
    if (result.code !== 0) throw new Error(result.stderr);
    return result.stdout;
  };

  beforeAll(() => {
    host = netns('nat');
    client = netns('client');
    world = netns('world');
    box = sandbox({ netns: host.name });
    mkdirSync(join(box.root, 'etc/network'), { recursive: true });
    writeFileSync(file(), BEFORE);
    cable(host, 'up0', world, 'up1');
    host.ip('addr add 203.0.113.1/24 dev up0');
    world.ip('addr add 203.0.113.9/24 dev up1');
  });
  afterAll(async () => {
    await box.run('pave', 'network', 'nat', BRIDGE, '--remove');
    box.dispose();
    for (const space of [host, client, world]) space.dispose();
  });

  it('is shown and not made by a dry run', async () => {
    const shown = await pave('nat', BRIDGE, '--cidr', '10.10.10.0/24', '--dhcp', '--dry-run');
    expect(shown).toContain(`ip link add name ${BRIDGE} type bridge`);
    expect(shown).toContain('+\taddress 10.10.10.1/24');
    expect(readFileSync(file(), 'utf8')).toBe(BEFORE);
  });

  it('gives a client an address, names and the way out', async () => {
    const made = await pave('nat', BRIDGE, '--cidr', '10.10.10.0/24', '--dhcp');
    expect(made).toBe(`${BRIDGE}: 10.10.10.1/24, DHCP 10.10.10.100 to 10.10.10.249\n`);
    const text = readFileSync(file(), 'utf8');
    expect(text.startsWith(BEFORE)).toBe(true);
    expect(text).toContain(
      `\nauto ${BRIDGE}\niface ${BRIDGE} inet static\n\taddress 10.10.10.1/24\n`,
    );
    const list = JSON.parse(await pave('list', '--output-format', 'json'));
    expect(list).toContainEqual(
      expect.objectContaining({ iface: BRIDGE, active: 1, nat: 'DHCP 10.10.10.100-10.10.10.249' }),
    );

    cable(host, 'c0', client, 'eth0');
    host.ip(`link set c0 master ${BRIDGE}`);
    const script = join(box.root, 'dhcp.sh');
    writeFileSync(
      script,
      '#!/bin/sh\n[ "$1" = bound ] || exit 0\nip addr add $ip/$mask dev $interface\nip route add default via $router\necho "dns $dns"\n',
    );
    chmodSync(script, 0o755);
    const dhcp = ['udhcpc', '-i', 'eth0', '-q', '-n', '-t', '100', '-s', script];
    const said = client.run('busybox', ...dhcp);
    expect(said).toContain('dns 10.10.10.1');
    expect(client.ip('-4 -br addr show dev eth0')).toMatch(/ 10\.10\.10\.(1\d\d|2[0-4]\d)\/24/);
    // The world has no route back to 10.10.10.0/24: an answer comes through masquerading only.
    const answered = () => {
      try {
        return client.run('ping', '-c', '1', '-W', '3', '203.0.113.9').includes('1 received');
      } catch {
        return false;
      }
    };
    await until(answered, LONG, 'an answer from outside');
  });

  it('may be asked for again; other settings and clashes are refused', async () => {
    await pave('nat', BRIDGE, '--cidr', '10.10.10.0/24', '--dhcp');
    expect(host.run('nft', 'list', 'ruleset').match(/masquerade/g)).toHaveLength(1);
    await expect(pave('nat', BRIDGE, '--cidr', '10.10.11.0/24', '--dhcp')).rejects.toThrow(
      `'${BRIDGE}' is there already, with other settings`,
    );
    await expect(pave('nat', `${BRIDGE}b`, '--cidr', '10.10.10.128/25')).rejects.toThrow(
      `10.10.10.128/25 overlaps with 10.10.10.1/24 of '${BRIDGE}'`,
    );
    await expect(pave('nat', 'up0')).rejects.toThrow("the interface 'up0' exists already");
  });

  it('comes back after a reboot where no ifupdown brings it up', async () => {
    const pid = Number(readFileSync(join(box.root, `run/pave-dnsmasq-${BRIDGE}.pid`), 'utf8'));
    host.ip(`link delete ${BRIDGE}`);
    process.kill(pid);
    await until(() => !runs(pid), LONG, 'dnsmasq to end');
    host.run('nft', 'flush', 'ruleset');
    const result = await box.run('pave', 'guests', 'start');
    expect(result.code, result.stderr).toBe(0);
    expect(host.ip(`-4 -br addr show dev ${BRIDGE}`)).toContain('10.10.10.1/24');
    expect(host.run('nft', 'list', 'ruleset')).toContain('masquerade');
  });

  it('is undone without a trace', async () => {
    const pid = Number(readFileSync(join(box.root, `run/pave-dnsmasq-${BRIDGE}.pid`), 'utf8'));
    await pave('nat', BRIDGE, '--remove');
    expect(readFileSync(file(), 'utf8')).toBe(BEFORE);
    expect(host.ip('-br link')).not.toContain(BRIDGE);
    expect(host.run('nft', 'list', 'ruleset')).toBe('');
    // It has ended, not only been told to.
    expect(runs(pid)).toBe(false);
    expect(existsSync(join(box.root, `var/lib/misc/pave-${BRIDGE}.leases`))).toBe(false);
  });
});
