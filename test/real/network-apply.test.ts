/**
 * pave network apply through the real ifupdown in a network namespace, killed at every change and inside
 * the tool: afterwards the network is as before or as asked, the guest is on its bridge, and nothing waits.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { labPackages, packagesMissing } from '../lab/uml.js';
import { type Netns, netns } from '../lib/netns.js';
import { atEveryChange, type Ended } from './faults.js';
import { type Sandbox, sandbox, until } from './sandbox.js';

const project = resolve(import.meta.dirname, '../..');
const OLD = '192.0.2.1/24';
const GUESTS = [
  ['tap100i0', 'br0'],
  ['tap100i1', 'br1'],
];
const NEW = '192.0.2.77/24';
/** Seconds that end what hangs. */
const LONG = 600;
const missing = process.getuid?.() === 0 ? packagesMissing('ifupdown') : 'needs root';

describe.skipIf(missing !== undefined)(
  `pave network apply${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  { timeout: 2 * LONG * 1000 },
  () => {
    let tools: string;
    let space: Netns;
    let box: Sandbox;
    const file = (name: string) => join(box.root, 'etc/network', name);
    const state = (name: string) => join(box.root, 'run/pave/network', name);
    const pave = (...args: string[]) => box.run('pave', 'network', ...args);
    const text = (address: string) => `auto lo
iface lo inet loopback

auto br0
iface br0 inet static
	address ${address}
	pre-up ip link add name br0 type bridge && ip link add name br1 type bridge
	pre-up ${box.root}/hook pre-up
	up ${box.root}/hook up
	down ${box.root}/hook down
	post-down ip link delete br0 && ip link delete br1

iface br0:1 inet static
	address 198.51.100.1/24
`;
    const addresses = () => space.ip('-4 -br address show dev br0').trim().split(/\s+/).slice(2);
    const bridgeOf = (name: string) => /master (\S+)/.exec(space.ip(`link show ${name}`))?.[1];
    /** The network as a whole: which configuration is in force, and whether everybody is at his place. */
    const standing = () => {
      const inForce = readFileSync(file('interfaces'), 'utf8');
      const which = addresses().join(' ');
      const guests = `${bridgeOf('tap100i0')} ${bridgeOf('tap100i1')}`;
      const waits = existsSync(state('unconfirmed.json')) ? ', waits' : '';
      const collected = existsSync(file('interfaces.new'));
      const kept = inForce === text(OLD) ? 'old' : inForce === text(NEW) ? 'new' : inForce;
      return `${kept}: ${which}, guests on ${guests}${waits}${collected ? ', collected' : ''}`;
    };
    const BEFORE = `old: ${OLD} 198.51.100.1/24, guests on br0 br1, collected`;
    const AFTER = `new: ${NEW} 198.51.100.1/24, guests on br0 br1`;
    const waiting = (): { token: string; applied: boolean } | undefined => {
      try {
        return JSON.parse(readFileSync(state('unconfirmed.json'), 'utf8'));
      } catch {
        return undefined;
      }
    };
    const settled = () => until(() => !existsSync(state('unconfirmed.json')), LONG, 'the watcher');
    const locked = () =>
      execFileSync('flock', ['-w', String(LONG), file('.pve-interfaces.lock'), 'true']);
    /** What a watcher does; where it was killed before it was started nobody else will. */
    const tidied = async () => {
      locked();
      const { token } = waiting() ?? { token: '0123456789abcdef' };
      expect(await pave('revert', '--unconfirmed', token)).toMatchObject({ code: 0 });
    };
    const ifup = (...names: string[]) =>
      space.run(
        join(tools, 'bin/ifup'),
        '--state-dir',
        join(box.root, 'run/network'),
        '-i',
        file('interfaces'),
        ...names,
      );
    /** Back to the start of a round. */
    const reset = async () => {
      if (readFileSync(file('interfaces'), 'utf8') !== text(OLD)) {
        writeFileSync(file('interfaces.new'), text(OLD));
        expect(await pave('apply', '--confirm-within', '0')).toMatchObject({ code: 0 });
      }
      writeFileSync(file('interfaces.new'), text(NEW));
      expect(standing()).toBe(BEFORE);
    };
    /** A phase of the tool runs the script on its way, once the command's pid is known. */
    const hook = (phase: string, script: string) => {
      for (const name of ['pid', 'done']) rmSync(join(box.root, name), { force: true });
      writeFileSync(join(box.root, 'at'), `${phase}\n${script}\n`);
    };
    const hooked = () => existsSync(join(box.root, 'done'));
    /** The command as a process of its own. */
    const apply = (within: number, phase: string, script: string): ChildProcess => {
      const command = [join(project, 'dist/pave.cjs'), 'network', 'apply', '--confirm-within'];
      const words = [...box.prefix, process.execPath, ...command, String(within)];
      hook(phase, script);
      const child = spawn(words[0]!, words.slice(1), { env: box.env, stdio: 'ignore' });
      writeFileSync(join(box.root, 'pid'), `${child.pid}\n`);
      return child;
    };
    /** The same on a terminal of its own, which dies with its shell. */
    const session = (phase: string, script: string, within: number): ChildProcess => {
      const path = join(box.root, 'session');
      const command = `${process.execPath} ${project}/dist/pave.cjs network apply --confirm-within ${within}`;
      hook(phase, script);
      writeFileSync(
        path,
        `#!/bin/sh\nsh -c 'echo $$ >${box.root}/pid; exec ${command}'\nsleep ${LONG}\n`,
      );
      chmodSync(path, 0o755);
      const [program, ...words] = [...box.prefix, 'script', '-qec', path, '/dev/null'];
      return spawn(program!, words, { env: box.env, stdio: 'ignore', detached: true });
    };
    const ended = (child: ChildProcess) =>
      new Promise<void>((done) =>
        (child.exitCode ?? child.signalCode) === null ? child.once('exit', () => done()) : done(),
      );

    beforeAll(() => {
      tools = mkdtempSync(join(tmpdir(), 'pave-ifupdown-'));
      for (const deb of labPackages('ifupdown')) execFileSync('dpkg-deb', ['-x', deb, tools]);
      // Scripts of other packages below /etc/network are not the machine's business here.
      mkdirSync(join(tools, 'bin'));
      for (const [name, more] of [
        ['ifup', ' --no-scripts'],
        ['ifdown', ' --no-scripts'],
        ['ifquery', ''],
      ]) {
        const path = join(tools, 'bin', name!);
        writeFileSync(path, `#!/bin/sh\nexec ${tools}/sbin/${name}${more} "$@"\n`);
        chmodSync(path, 0o755);
      }
      space = netns('apply');
      box = sandbox({ netns: space.name, bin: join(tools, 'bin') });
      for (const folder of ['etc/network', 'run/network'])
        mkdirSync(join(box.root, folder), { recursive: true });
      // Does once, in that phase of the tool, what a test wants done there.
      writeFileSync(
        join(box.root, 'hook'),
        `#!/bin/sh\ncd ${box.root}\n[ "$(head -1 at 2>/dev/null)" = "$1" ] || exit 0\nmv at done\nwhile [ ! -s pid ]; do sleep 0.1; done\nsed 1d done | PID=$(cat pid) sh\n`,
      );
      chmodSync(join(box.root, 'hook'), 0o755);
      writeFileSync(file('interfaces'), text(OLD));
      ifup('-a');
      ifup('br0:1');
      for (const [name, bridge] of GUESTS) {
        space.ip(`tuntap add dev ${name} mode tap`);
        space.ip(`link set ${name} master ${bridge} up`);
      }
    });
    beforeEach(() => reset());
    afterAll(() => {
      // With its watchers, who wait for a quarter of an hour.
      space.dispose();
      box.dispose();
      rmSync(tools, { recursive: true });
    });

    it('applies, and keeps what it was told to keep', async () => {
      expect(await pave('apply', '--confirm-within', '0')).toMatchObject({ code: 0 });
      expect(standing()).toBe(AFTER);
    });

    it('killed at any change leaves the old network or the new one', async () => {
      const command = ['pave', 'network', 'apply', '--confirm-within', '0'];
      const round = async (ended: Ended) => {
        await tidied();
        expect(ended.code === 0 ? [AFTER] : [BEFORE, AFTER]).toContain(standing());
        await reset();
      };
      expect(await atEveryChange(box, 'SIGKILL', command, round, 10)).toBeGreaterThan(4);
    });

    it('waiting to be confirmed, killed at any change, is rolled back', async () => {
      const command = ['pave', 'network', 'apply', '--confirm-within', '1'];
      const round = async () => {
        await tidied();
        expect(standing()).toBe(BEFORE);
      };
      expect(await atEveryChange(box, 'SIGKILL', command, round, 6)).toBeGreaterThan(2);
    });

    it.each([
      ['confirm', AFTER],
      ['revert', BEFORE],
    ])('%s, killed at any change, is done to its end by the next one', async (verb, wanted) => {
      const wait = async () => {
        await reset();
        expect(await pave('apply', '--confirm-within', '900')).toMatchObject({ code: 0 });
      };
      const round = async () => {
        if (existsSync(state('unconfirmed.json')))
          expect(await pave(verb)).toMatchObject({ code: 0 });
        expect(standing()).toBe(wanted);
        await wait();
      };
      await wait();
      expect(
        await atEveryChange(box, 'SIGKILL', ['pave', 'network', verb], round, 5),
      ).toBeGreaterThan(1);
      expect(await pave('revert')).toMatchObject({ code: 0 });
    });

    it.each(['down', 'pre-up', 'up'])(
      'killed while ifupdown is at "%s" is taken back',
      async (phase) => {
        const child = apply(0, phase, 'kill -9 $PID');
        await ended(child);
        expect(child.signalCode).toBe('SIGKILL');
        await settled();
        expect(standing()).toBe(BEFORE);
      },
    );

    it('is taken back when its session dies while it is under way', async () => {
      const child = session('pre-up', "kill -9 $(cut -d' ' -f6 /proc/$PID/stat)", 60);
      await ended(child);
      expect(hooked()).toBe(true);
      await settled();
      locked();
      expect(standing()).toBe(BEFORE);
    });

    it('is rolled back when its session dies before it is confirmed', async () => {
      const child = session('up', 'true', 2);
      // Who looks away for so long that it is rolled back already has seen it as well.
      const applied = () => hooked() && waiting()?.applied !== false;
      await until(applied, LONG, 'it to be applied');
      process.kill(-child.pid!, 'SIGKILL');
      await settled();
      locked();
      expect(standing()).toBe(BEFORE);
    });

    it('is forgotten by a reboot before it is confirmed', async () => {
      expect(await pave('apply', '--confirm-within', '900')).toMatchObject({ code: 0 });
      expect(addresses()).toContain(NEW);
      // What a reboot does: /run is empty, and so is the kernel.
      rmSync(join(box.root, 'run'), { recursive: true });
      mkdirSync(join(box.root, 'run/network'), { recursive: true });
      for (const name of ['br0', 'br1']) space.ip(`link delete ${name}`);
      ifup('-a');
      ifup('br0:1');
      for (const [name, bridge] of GUESTS) space.ip(`link set ${name} master ${bridge}`);
      expect(standing()).toBe(BEFORE);
    });
  },
);
