/** Taps of a running guest, seen from the host: rate limits, firewall bridge, what a failed start leaves. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Netns, netns } from '../lib/netns.js';
import { guestImage, guestOptions, type Sandbox, Serial, sandbox, until } from './sandbox.js';

const MIB = 1024 * 1024;
/** Seconds that end what hangs. */
const LONG = 600;
/** 4 MiB at 1 MiB a second, of which 1 MiB may pass at once: 3 s. */
const LEAST_MS = 2900;

describe('taps of a guest', { timeout: 2 * LONG * 1000 }, () => {
  let host: Netns;
  let box: Sandbox;
  let image: string;
  const devices = () =>
    host
      .ip('-br link')
      .split('\n')
      .map((line) => line.split(/[@\s]/)[0]!)
      .filter((name) => name !== '')
      .sort();

  beforeAll(() => {
    host = netns('tap');
    host.ip('link add name vmbr0 type bridge');
    host.ip('link set vmbr0 up mtu 1400');
    host.ip('addr add 10.9.0.1/24 dev vmbr0');
    box = sandbox({ netns: host.name });
    image = guestImage(box);
  }, LONG * 1000);
  afterAll(() => {
    box.dispose();
    host.dispose();
  });

  it('carries a guest at the rate that is asked for, both ways, and goes with it', async () => {
    const options = guestOptions(image);
    const before = devices();
    const second = 'virtio=02:00:00:00:00:01,bridge=vmbr0,queues=2,mtu=1300';
    await box.ok(
      'create',
      '100',
      ...options,
      '--net0',
      'virtio,bridge=vmbr0,rate=1,firewall=1,mtu=1',
    );
    await box.ok('set', '100', '--cores', '2', '--net1', `${second},link_down=1`);
    await box.ok('start', '100');
    expect(devices().filter((name) => !before.includes(name))).toEqual([
      'fwbr100i0',
      'fwln100i0',
      'fwpr100p0',
      'tap100i0',
      'tap100i1',
    ]);
    expect(host.ip('-d link show tap100i1')).toMatch(/master vmbr0 [\s\S]* multi_queue /);
    expect(host.ip('link show tap100i0')).toMatch(/mtu 1400.* master fwbr100i0 /);
    expect(host.ip('link show fwpr100p0')).toMatch(/mtu 1400.* master vmbr0 /);
    expect(host.run('tc', 'class', 'show', 'dev', 'tap100i0')).toContain(
      'rate 8388Kbit ceil 8388Kbit burst 1Mb',
    );

    const serial = new Serial(box, 100);
    await serial.shell(LONG);
    serial.type(
      'ip addr add 10.9.0.2/24 dev eth0; ip link set eth0 up; cat /sys/class/net/eth0/mtu',
    );
    await serial.waitFor(/\n1400\s/, LONG);
    const carrier = 'cat /sys/class/net/eth1/carrier';
    serial.type(
      `ip link set eth1 up; cd /sys/class/net/eth1; echo eth1 $(cat mtu) $(ls queues | grep -c rx) $(${carrier}); cd /`,
    );
    await serial.waitFor(/\neth1 1300 2 0\s/, LONG);
    await box.ok('set', '100', '--net1', second);
    serial.type(`until [ $(${carrier}) = 1 ]; do sleep 1; done; echo plugged-$?`);
    await serial.waitFor(/plugged-0/, LONG);

    // However late a look at the clock is, it was not quicker.
    const received = await serve(host, `head -c ${4 * MIB} /dev/zero`);
    let began = performance.now();
    serial.type(`nc 10.9.0.1 7001 </dev/null | wc -c; echo got-$?`);
    await serial.waitFor(/\n4194304\s+got-0/, LONG);
    expect(performance.now() - began).toBeGreaterThan(LEAST_MS);
    await received.ended;
    const sent = await serve(host, 'cat >/dev/null');
    began = performance.now();
    serial.type(`head -c ${4 * MIB} /dev/zero | nc 10.9.0.1 7001; echo sent-$?`);
    await sent.ended;
    expect(performance.now() - began).toBeGreaterThan(LEAST_MS);
    await serial.waitFor(/sent-0/, LONG);
    serial.close();

    await box.ok('stop', '100');
    expect(devices()).toEqual(before);
    expect(host.run('nft', 'list', 'tables')).toBe('');
  });

  it('is taken away when the guest cannot be started', async () => {
    const before = devices();
    await box.ok('create', '101', '--memory', '64', '--kvm', '0', '--args', '-nonsense');
    await box.ok('set', '101', '--net0', 'virtio,bridge=vmbr0,rate=2,firewall=1');
    await box.ok('set', '101', '--net1', 'e1000,bridge=vmbr0');
    const result = await box.qm('start', '101');
    expect(result.stderr).toContain('-nonsense');
    expect(devices()).toEqual(before);
    expect(host.run('nft', 'list', 'tables')).toBe('');
  });

  it('is refused by name where its bridge cannot take it', async () => {
    const before = devices();
    await box.ok('create', '102', '--memory', '64', '--kvm', '0');
    await box.ok('set', '102', '--net0', 'virtio,bridge=vmbr9', '--net1', 'virtio,bridge=lo');
    await box.ok('set', '102', '--net2', 'virtio,bridge=vmbr0,trunks=2;3');
    await box.ok('set', '102', '--net3', 'virtio,bridge=vmbr0,tag=5');
    const { stderr, code } = await box.qm('start', '102');
    expect(code).not.toBe(0);
    expect(stderr).toContain("net0: bridge 'vmbr9' does not exist");
    expect(stderr).toContain("net1: bridge 'lo' is neither a linux nor an OVS bridge!");
    expect(stderr).toContain("net2: trunks need a VLAN aware bridge, and 'vmbr0' is none");
    expect(stderr).toContain("net3: no physical interface on bridge 'vmbr0' for VLAN tag 5");
    await box.ok('set', '102', '--net0', 'virtio,tag=5,rate=1', '--delete', 'net1,net2,net3');
    expect((await box.qm('start', '102')).stderr).toContain(
      'net0: tag and rate: only for a card on a bridge',
    );
    expect(devices()).toEqual(before);
    expect(box.leftovers(102)).toEqual([]);
  });
});

/** Runs a program on the first connection; gives its end. */
async function serve(host: Netns, program: string): Promise<{ ended: Promise<void> }> {
  const script = `exec socat -t 30 TCP-LISTEN:7001,reuseaddr SYSTEM:'${program}'`;
  const child = spawn('ip', ['netns', 'exec', host.name, 'sh', '-c', script], { stdio: 'ignore' });
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const listens = () => host.run('ss', '-ltn').includes(':7001 ');
  await until(() => child.exitCode !== null || listens(), LONG, 'somebody to listen');
  expect(child.exitCode).toBeNull();
  return { ended };
}
