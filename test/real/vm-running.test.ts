/** What one does with a VM that runs, and how the node's guests start and stop together. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MonitorProxy } from './monitor-proxy.js';
import { type Sandbox, sandbox, until } from './sandbox.js';

/** Firmware without a disk is enough of a guest here. */
const SMALL = ['--memory', '32', '--kvm', '0'];

describe('a running VM', { timeout: 600_000 }, () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = sandbox();
    await box.ok('create', '100', ...SMALL, '--scsi0', 'local:1');
    await box.ok('start', '100');
  });
  afterAll(() => box.dispose());

  const typed = (tool: string, words: string[], input: string) =>
    new Promise<{ code: number | null; text: string }>((done) => {
      const child = spawn(join(import.meta.dirname, '../../bin', tool), words, { env: box.env });
      let text = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (data) => (text += data));
      child.once('close', (code) => done({ code, text }));
      child.stdin.end(input);
    });

  it('monitor: answers lines from a pipe, q leaves the VM alone', async () => {
    const { code, text } = await typed(
      'qm',
      ['monitor', '100'],
      'info status\nnonsense\nq\ninfo name\n',
    );
    expect(code).toBe(0);
    expect(text).toContain('VM status: running');
    expect(text).toMatch(/unknown command: 'nonsense'/);
    expect(text).not.toContain('info name');
    expect((await box.ok('status', '100')).trim()).toBe('status: running');
    await box.ok('create', '101', ...SMALL);
    expect((await typed('qm', ['monitor', '101'], 'info status\n')).text).toContain(
      'VM 101 not running',
    );
  });

  it('sendkey: keys reach the guest, unknown ones are named', async () => {
    await box.ok('sendkey', '100', 'ctrl-alt-delete');
    const { code, stderr } = await box.qm('sendkey', '100', 'nokey');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/nokey/);
    expect((await box.qm('sendkey', '101', 'ret')).stderr).toContain('VM 101 not running');
  });

  it('set: what cannot take effect waits, and can be taken back', async () => {
    const said = await box.ok('set', '100', '--cores', '2', '--name', 'now', '--delete', 'memory');
    expect(said).toContain('update VM 100: -cores 2 -delete memory -name now');
    expect(box.config(100)).toContain('name: now\n');
    expect(box.config(100)).toMatch(/\n\n\[PENDING\]\ncores: 2\ndelete: memory\n$/);
    expect(await box.ok('pending', '100')).toMatch(/^new cores: 2$/m);
    expect(await box.ok('pending', '100')).toMatch(/^del memory: 32$/m);
    expect(await box.ok('config', '100')).toMatch(/^cores: 2$/m);
    expect(await box.ok('config', '100', '--current', '1')).not.toMatch(/^cores:/m);
    await box.ok('set', '100', '--revert', 'cores,memory');
    expect(box.config(100)).not.toContain('[PENDING]');
    // A disk on a bus that takes none while it runs, and back again: it is kept.
    await box.ok('set', '100', '--sata0', 'local:1');
    expect(box.config(100)).toMatch(
      /\[PENDING\]\n(.*\n)*sata0: local:100\/vm-100-disk-1.raw,size=1G\n/,
    );
    await box.ok('set', '100', '--revert', 'sata0');
    expect(box.config(100)).toContain('unused0: local:100/vm-100-disk-1.raw\n');
    expect(box.config(100)).not.toContain('sata0');
    await box.ok('set', '100', '--delete', 'unused0');
    expect(box.images()).toEqual(['100/vm-100-disk-0.raw']);
    // At the next start it is there.
    await box.ok('set', '100', '--cores', '2');
    await box.ok('stop', '100');
    expect(box.config(100)).toMatch(/^cores: 2$/m);
    expect(box.config(100)).not.toContain('[PENDING]');
    await box.ok('start', '100');
  });

  it('a reboot that was killed brings nobody back who is stopped later', async () => {
    writeFileSync(join(box.root, 'run/qemu-server/100.reboot'), '');
    await box.ok('stop', '100');
    await box.idle();
    expect((await box.ok('status', '100')).trim()).toBe('status: stopped');
    await box.ok('start', '100');
    // Its time is over when the guest ends by itself.
    writeFileSync(join(box.root, 'run/qemu-server/100.reboot'), '1000000000\n');
    process.kill(box.pid(100)!, 'SIGKILL');
    await box.idle();
    expect(box.leftovers(100)).toEqual([]);
    expect((await box.ok('status', '100')).trim()).toBe('status: stopped');
    await box.ok('start', '100');
  });

  it('wait: until it stops, or the time is up', async () => {
    const late = await box.qm('wait', '100', '--timeout', '1');
    expect(late.code).not.toBe(0);
    expect(late.stdout).toBe(`waiting until VM 100 stops (PID ${box.pid(100)})\n`);
    expect(late.stderr).toContain('wait failed - got timeout');
    const wait = box.qm('wait', '100', '--timeout', '60');
    await new Promise((done) => setTimeout(done, 500));
    await box.ok('stop', '100');
    expect((await wait).code).toBe(0);
    expect((await box.qm('wait', '100')).code).toBe(0);
    expect((await box.qm('stop', '100')).code).toBe(0);
  });

  it('stop: gives a guest that ignores the power button up only with --forceStop', async () => {
    await box.ok('start', '100');
    const patient = await box.qm('shutdown', '100', '--timeout', '1');
    expect(patient.code).not.toBe(0);
    expect(patient.stderr).toContain('VM quit/powerdown failed - got timeout');
    expect((await box.ok('status', '100')).trim()).toBe('status: running');
    const forced = await box.qm('shutdown', '100', '--timeout', '1', '--forceStop', '1');
    expect(forced.code).toBe(0);
    expect(forced.stderr).toContain('VM still running - terminating now with SIGTERM');
    expect((await box.ok('status', '100')).trim()).toBe('status: stopped');
    expect(box.leftovers(100)).toEqual([]);
  });

  it('stop --overrule-shutdown ends a shutdown that waits', async () => {
    await box.ok('start', '100');
    const proxy = await MonitorProxy.between(box, 100);
    proxy.arm();
    const shutdown = box.qm('shutdown', '100', '--timeout', '600');
    const asked = () => proxy.steps.some(({ command }) => command === 'system_powerdown');
    await until(asked, 120, 'the shutdown to ask the guest');
    await box.ok('stop', '100', '--overrule-shutdown', '1');
    expect((await shutdown).code).not.toBe(0);
    await proxy.close();
    expect((await box.ok('status', '100')).trim()).toBe('status: stopped');
  });
});

describe('the guests of a node', { timeout: 600_000 }, () => {
  let box: Sandbox;
  let log: string;
  const pave = async (...args: string[]) => {
    const { code, stdout, stderr } = await box.run('pave', ...args);
    return { code, text: stdout + stderr };
  };
  /** Guest and phase with its time in seconds, in order. */
  const phases = (phase: string) =>
    (existsSync(log) ? readFileSync(log, 'utf8') : '')
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, , name]) => name === phase)
      .map(([time, vmid]) => ({ vmid: Number(vmid), time: Number(time) }));

  beforeAll(async () => {
    box = sandbox();
    log = join(box.root, 'hook.log');
    const hook = join(box.root, 'var/lib/vz/snippets/hook.sh');
    mkdirSync(join(hook, '..'), { recursive: true });
    writeFileSync(hook, `#!/bin/sh\necho "$(date +%s.%N) $1 $2" >>${log}\n`);
    chmodSync(hook, 0o755);
    const guest = async (vmid: number, ...more: string[]) =>
      box.ok('create', String(vmid), ...SMALL, '--hookscript', 'local:snippets/hook.sh', ...more);
    await guest(100, '--onboot', '1');
    await guest(101, '--onboot', '1', '--startup', 'order=2,down=1');
    await guest(102, '--onboot', '1', '--startup', 'order=1,up=3,down=1');
    await guest(103);
    await guest(104, '--onboot', '1', '--startup', 'order=1,down=1');
  });
  afterAll(() => box.dispose());

  it('start in order, with their delays; others stay off; one that cannot start holds nobody up', async () => {
    writeFileSync(
      join(box.root, 'etc/pve/qemu-server/105.conf'),
      'onboot: 1\nstartup: order=1\nscsi0: local:105/none.raw\n',
    );
    box.writeConfig(106, 'lock: backup\nname: left\n');
    const { code, text } = await pave('guests', 'start');
    expect(code).not.toBe(0);
    expect(text).toContain('could not start: 105');
    expect(text).toContain('Waiting for 3 seconds (startup delay)');
    expect(text).toContain("WARN: removed left over backup lock from '106'!");
    expect(box.config(106)).toBe('name: left\n');
    const started = phases('post-start');
    expect(started.map(({ vmid }) => vmid)).toEqual([102, 104, 101, 100]);
    expect(started[1]!.time - started[0]!.time).toBeGreaterThan(3);
    expect((await box.ok('status', '103')).trim()).toBe('status: stopped');
    rmSync(join(box.root, 'etc/pve/qemu-server/105.conf'));
    // Again: who runs is left alone.
    expect((await pave('guests', 'start')).code).toBe(0);
    expect(phases('post-start')).toHaveLength(4);
  });

  it('stop the other way round, each in its time', async () => {
    const { code, text } = await pave('guests', 'stop', '--timeout', '1');
    expect(code).toBe(0);
    expect(text).toContain('Stopping VM 101 (timeout = 1 seconds)');
    await until(
      () => [100, 101, 102, 104].every((vmid) => box.pid(vmid) === undefined),
      120,
      'the end',
    );
    const stopped = phases('pre-stop').map(({ vmid }) => vmid);
    expect(stopped.slice(0, 2)).toEqual([100, 101]);
    expect(stopped.slice(2).sort()).toEqual([102, 104]);
    for (const vmid of [100, 101, 102, 104]) expect(box.leftovers(vmid)).toEqual([]);
    expect((await pave('guests', 'stop')).code).toBe(0);
  });

  it('interrupted: starts no more of them', async () => {
    rmSync(log);
    // Its delay is the time we have for the next.
    await box.ok('set', '102', '--startup', 'order=1,up=300,down=1');
    const child = spawn(join(import.meta.dirname, '../../bin/pave'), ['guests', 'start'], {
      env: box.env,
      stdio: 'ignore',
    });
    const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
    await until(() => phases('post-start').length === 1, 240, 'the first');
    child.kill('SIGTERM');
    expect(await ended).not.toBe(0);
    expect(phases('post-start')).toHaveLength(1);
    await box.ok('stop', '102');
  });
});
