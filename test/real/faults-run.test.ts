/** `qm start` and `qm suspend --todisk` killed at every change, and QEMU killed under them. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Netns, netns } from '../lib/netns.js';
import {
  atEveryChange,
  expectUsable,
  hinted,
  killedAtConnect,
  namedVolumes,
  volumes,
} from './faults.js';
import { MonitorProxy } from './monitor-proxy.js';
import { qmp } from './qmp.js';
import { type Sandbox, sandbox, until } from './sandbox.js';

describe('a VM whose command or QEMU is killed', { timeout: 600_000 }, () => {
  let space: Netns;
  let box: Sandbox;
  let hold: string;
  /** Is there when the saving of the memory has come to be held up. */
  let held: string;

  beforeAll(async () => {
    space = netns('faults');
    space.ip('link add name vmbr0 type bridge');
    box = sandbox({ netns: space.name });
    // A dd that can be held up, to catch a suspend while it saves.
    hold = join(box.root, 'hold');
    held = join(box.root, 'held');
    mkdirSync(join(box.root, 'bin'));
    writeFileSync(
      join(box.root, 'bin/dd'),
      `#!/bin/sh\n[ -e ${hold} ] && : >${held}\nwhile [ -e ${hold} ]; do sleep 0.05; done\nexec /bin/dd "$@"\n`,
    );
    chmodSync(join(box.root, 'bin/dd'), 0o755);
    box.env.PATH = `${join(box.root, 'bin')}:${box.env.PATH}`;
    await box.ok('create', '100', '--memory', '32', '--kvm', '0', '--net0', 'virtio,bridge=vmbr0');
  });
  afterAll(() => {
    box?.dispose();
    space?.dispose();
  });

  /** A start takes its time: not at every change each time. */
  const killedAt = (words: string[], round: () => Promise<void>) =>
    atEveryChange(box, 'SIGKILL', ['qm', ...words], round, 8);
  const taps = () => space.run('ip', '-o', 'link').match(/tap100i\d+/g) ?? [];
  const status = async () => (await box.ok('status', '100')).trim();
  /** Is the shell there that starts QEMU and waits for its end? */
  const watched = () =>
    readdirSync('/proc').some((pid) => {
      try {
        return (
          /^\d+$/.test(pid) &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(
            `${box.root}/run/qemu-server/100.alive`,
          )
        );
      } catch {
        return false;
      }
    });
  const saving = async () => {
    await until(() => existsSync(held), 120, 'the saving to begin');
    rmSync(held);
  };
  const expectStopped = async () => {
    await until(() => !watched() && box.pid(100) === undefined, 120, 'the run to be cleaned up');
    expect(await status()).toBe('status: stopped');
    expect(box.leftovers(100)).toEqual([]);
    expect(taps()).toEqual([]);
    await expectUsable(box, 100);
  };
  /** A killed start may still be coming up in the shell it began. */
  const settled = async () => {
    await until(
      () => !watched() || existsSync(join(box.root, 'run/qemu-server/100.qmp')),
      120,
      'QEMU',
    );
  };

  it('start, killed: runs or does not, and either can be gone on with', async () => {
    const outcomes = new Set<string>();
    await killedAt(['start', '100'], async () => {
      await settled();
      await expectUsable(box, 100);
      const now = await status();
      outcomes.add(now);
      const again = await box.qm('start', '100');
      // One that was nearly through is brought to its end.
      if (now === 'status: running' && again.code !== 0)
        expect(again.stderr).toContain('VM 100 already running');
      else expect(`${again.code} ${again.stderr}`).toBe('0 ');
      expect(taps()).toEqual(['tap100i0']);
      await box.ok('stop', '100');
      await expectStopped();
    });
    for (const outcome of outcomes)
      expect(['status: running', 'status: stopped']).toContain(outcome);
  });

  it('start, killed when QEMU is there: it waits until the next start has told it all', async () => {
    const net = (box.config(100)!.match(/^net0: (.*)$/m) ?? [])[1]!;
    await box.ok('set', '100', '--net0', `${net},link_down=1`, '--balloon', '16');
    const mark = join(box.root, 'run/qemu-server/100.starting');
    expect((await killedAtConnect(box, ['qm', 'start', '100'])).hit).toBe(true);
    await settled();
    expect(await box.ok('status', '100', '--verbose')).toContain('qmpstatus: prelaunch');
    expect(existsSync(mark)).toBe(true);
    for (const command of ['shutdown', 'resume'])
      expect((await box.qm(command, '100')).stderr).toContain('qm start 100');
    const proxy = await MonitorProxy.between(box, 100);
    proxy.arm();
    expect(await box.ok('start', '100')).toContain('a start that was interrupted');
    const told = proxy.steps.map(({ command }) => command);
    await proxy.close();
    expect([...new Set(told)]).toEqual(['balloon', 'set_link', 'cont']);
    expect(existsSync(mark)).toBe(false);
    expect(await box.ok('status', '100', '--verbose')).toContain('qmpstatus: running');
    expect((await box.qm('start', '100')).stderr).toContain('already running');
    await box.ok('stop', '100');
    await expectStopped();
    await box.ok('set', '100', '--net0', net, '--delete', 'balloon');
  });

  it('start, ended by SIGTERM at any change: nothing is left, or it runs', async () => {
    let undone = 0;
    const round = async ({ code, hit }: { code: number; hit: boolean }) => {
      if (code === 0) {
        expect(await status()).toBe('status: running');
        await box.ok('stop', '100');
      } else if (hit) undone++;
      await expectStopped();
    };
    expect(await atEveryChange(box, 'SIGTERM', ['qm', 'start', '100'], round, 8)).toBeGreaterThan(
      0,
    );
    expect(undone).toBeGreaterThan(0);
  });

  it('QEMU, killed while it starts and while it stops', async () => {
    for (let round = 0; round < 2; round++) {
      const start = box.qm('start', '100');
      await until(() => box.pid(100) !== undefined, 120, 'QEMU');
      process.kill(box.pid(100)!, 'SIGKILL');
      const { code, stderr } = await start;
      if (code !== 0) expect(stderr).not.toMatch(/internal error/);
      await expectStopped();
    }
    await box.ok('start', '100');
    const pid = box.pid(100)!;
    // Nobody listens to the power button: it waits until QEMU is gone.
    const shutdown = box.qm('shutdown', '100', '--timeout', '600');
    await new Promise((done) => setTimeout(done, 1500));
    process.kill(pid, 'SIGKILL');
    expect((await shutdown).code).toBe(0);
    await expectStopped();
  });

  it('set of a disk while it runs, killed: the next change ends it', async () => {
    await box.ok('start', '100');
    await killedAt(['set', '100', '--scsi1', 'local:1'], async () => {
      await expectUsable(box, 100);
      await box.ok('set', '100', '--name', 'next');
      const config = box.config(100)!;
      expect(config).not.toContain('[PENDING]');
      const attached = /^scsi1: local:100\/vm-100-disk-0.raw,size=1G$/m.test(config);
      const seen = spawnSync(
        box.prefix[0]!,
        [...box.prefix.slice(1), join(import.meta.dirname, '../../bin/qm'), 'monitor', '100'],
        { input: 'info block\n', env: box.env, encoding: 'utf8' },
      ).stdout;
      expect(seen.includes('drive-scsi1')).toBe(attached);
      if (namedVolumes(config).length < volumes(box).length)
        await box.ok('disk', 'rescan', '--vmid', '100');
      expect(namedVolumes(box.config(100))).toEqual(volumes(box));
      if (attached) await box.ok('set', '100', '--delete', 'scsi1', '--force', '1');
      else if (volumes(box).length > 0) await box.ok('set', '100', '--delete', 'unused0');
      expect(volumes(box)).toEqual([]);
    });
    await box.ok('stop', '100');
    await expectStopped();
  });

  it('suspend to disk, killed: the guest runs on, or wakes up', async () => {
    await box.ok('start', '100');
    const outcomes = new Set<string>();
    await killedAt(['suspend', '100', '--todisk', '1'], async () => {
      await expectUsable(box, 100);
      const lock = /^lock: (\S+)$/m.exec(box.config(100)!)?.[1] ?? 'none';
      outcomes.add(lock);
      if (lock === 'suspending') {
        const { stderr } = await box.qm('suspend', '100', '--todisk', '1');
        expect(stderr).toContain('VM is locked (suspending)');
        for (const [, ...words] of hinted(stderr)) await box.ok(...words);
      } else if (lock === 'suspended') await box.ok('start', '100');
      expect(await status()).toBe('status: running');
      expect(box.config(100)).not.toMatch(/^(lock|vmstate|running\w+):/m);
    });
    for (const outcome of outcomes) expect(['none', 'suspended', 'suspending']).toContain(outcome);
    expect(outcomes.size).toBeGreaterThan(1);
    // What was made and not written down the next suspend took away.
    await box.ok('suspend', '100', '--todisk', '1');
    await box.ok('start', '100');
    expect(volumes(box)).toEqual([]);
    await box.ok('stop', '100');
    await expectStopped();
  });

  it('suspend to disk, interrupted while it saves: the guest runs on and stays running', async () => {
    await box.ok('start', '100');
    const before = box.config(100);
    writeFileSync(hold, '');
    const proxy = await MonitorProxy.between(box, 100);
    proxy.arm();
    const child = box.start('suspend', '100', '--todisk', '1');
    const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
    await saving();
    child.kill('SIGINT');
    await until(
      () => proxy.steps.some(({ command }) => command === 'migrate_cancel'),
      120,
      'the saving to be given up',
    );
    rmSync(hold);
    expect(await ended).not.toBe(0);
    await proxy.close();
    expect(box.config(100)).toBe(before);
    expect(volumes(box)).toEqual([]);
    // Nothing of the saving is left that could stop it later.
    expect((await qmp(box, 100, 'query-migrate')).status).toMatch(/^(cancelled|failed)$/);
    expect(await status()).toBe('status: running');
    await box.ok('stop', '100');
    await expectStopped();
  });

  it('QEMU, killed while it saves: the VM is stopped, without lock or state', async () => {
    await box.ok('start', '100');
    const before = box.config(100);
    writeFileSync(hold, '');
    const suspend = box.qm('suspend', '100', '--todisk', '1');
    await saving();
    process.kill(box.pid(100)!, 'SIGKILL');
    rmSync(hold);
    const { code, stderr } = await suspend;
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/closed/);
    await expectStopped();
    expect(box.config(100)).toBe(before);
    expect(volumes(box)).toEqual([]);
    await box.ok('start', '100');
    await box.ok('stop', '100');
  });

  it('resume from disk, killed: it starts again from the same state', async () => {
    await box.ok('start', '100');
    await box.ok('suspend', '100', '--todisk', '1');
    await killedAt(['start', '100'], async () => {
      await settled();
      await expectUsable(box, 100);
      if (/^lock: suspended$/m.test(box.config(100)!)) await box.ok('start', '100');
      else if ((await status()) !== 'status: running') await box.ok('resume', '100');
      expect(await status()).toBe('status: running');
      expect(box.config(100)).not.toMatch(/^(lock|vmstate|running\w+):/m);
      await box.ok('suspend', '100', '--todisk', '1');
    });
    await box.ok('start', '100');
    expect(volumes(box)).toEqual([]);
    await box.ok('stop', '100');
    await expectStopped();
  });
});
