/** vzdump killed while its guest is stopped or paused for it: the next call lets it run again. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { blockGraph } from './backup-guest.js';
import { MonitorProxy, type Step } from './monitor-proxy.js';
import { qmp } from './qmp.js';
import { type Sandbox, sandbox, until, untilAsync } from './sandbox.js';

vi.setConfig({ testTimeout: 1_800_000, hookTimeout: 600_000 });

let box: Sandbox;
let obedient: Socket | undefined;
const marks = () =>
  readdirSync(join(box.root, 'var/lib/pave/backup')).filter((name) => /^100\./.test(name));
const status = async () => ((await qmp(box, 100, 'query-status')) as { status: string }).status;
const scheduler = () => box.run('pvescheduler', 'run');

/** What a guest with an operating system does: it goes down when the power button is pressed. */
async function obey(): Promise<void> {
  obedient?.destroy();
  const socket = connect(join(box.root, 'second'));
  obedient = socket;
  await new Promise<void>((done, fail) => {
    let text = '';
    socket.on('error', fail);
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (text.includes('"POWERDOWN"')) socket.write('{"execute":"quit"}\n');
      if (text.includes('"return"')) done();
    });
    socket.write('{"execute":"qmp_capabilities"}\n');
  });
}

/** Killed at a phase of the guest's hook script, by itself. */
function killAt(phase: string | undefined): void {
  const at = join(box.root, 'phase');
  if (phase === undefined) rmSync(at, { force: true });
  else writeFileSync(at, phase);
}

beforeAll(async () => {
  box = sandbox();
  const snippets = join(box.root, 'var/lib/vz/snippets');
  for (const folder of [snippets, join(box.root, 'var/lib/vz/dump')])
    mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(snippets, 'hook'),
    `#!/bin/sh\nf=${box.root}/phase\n[ ! -e $f ] || [ "$(cat $f)" != "$2" ] || { rm $f; kill -9 $PPID; }\n`,
  );
  chmodSync(join(snippets, 'hook'), 0o755);
  await box.ok(
    ...['create', '100', '--memory', '32', '--kvm', '0', '--scsi0', 'local:0.01'],
    ...['--hookscript', 'local:snippets/hook'],
    ...['--args', `-qmp unix:${box.root}/second,server=on,wait=off`],
  );
  await box.ok('start', '100');
});
afterAll(() => {
  obedient?.destroy();
  box.dispose();
});

/** Up, as if nothing had happened. */
async function expectRunning(graph: readonly string[]): Promise<void> {
  expect(await status()).toBe('running');
  expect(box.config(100)).not.toMatch(/^lock:/m);
  expect(marks()).toEqual([]);
  expect(await blockGraph(box, 100)).toEqual(graph);
}

/** Runs vzdump to the step at which it is killed. */
async function killedAtStep(mode: string, step: Step): Promise<void> {
  const proxy = await MonitorProxy.between(box, 100);
  const child = box.startTool('vzdump', '100', '--mode', mode);
  const closed = new Promise((done) => child.once('close', done));
  let met = false;
  proxy.arm(step, () => {
    met = true;
    child.kill('SIGKILL');
  });
  await closed;
  expect(met, JSON.stringify(step)).toBe(true);
  await proxy.close();
}

it.each<[Step, string]>([
  [{ command: 'stop', nth: 1, when: 'before' }, 'running'],
  [{ command: 'stop', nth: 1, when: 'after' }, 'paused'],
  [{ command: 'transaction', nth: 1, when: 'after' }, 'paused'],
  [{ command: 'cont', nth: 1, when: 'before' }, 'paused'],
  [{ command: 'cont', nth: 1, when: 'after' }, 'running'],
])('mode suspend, killed at %j', async (step, left) => {
  const graph = await blockGraph(box, 100);
  await killedAtStep('suspend', step);
  expect(await status()).toBe(left);
  const { code, stderr } = await scheduler();
  expect(`${code} ${stderr}`).toMatch(
    left === 'paused'
      ? /^0 .*VM 100: letting it run again, a killed backup had paused it\n$/s
      : /^0 $/,
  );
  await expectRunning(graph);
});

it.each([
  ['post-stop', 'down'],
  ['pre-start', 'down'],
  ['post-start', 'started'],
])('mode stop, killed in %s', async (phase, left) => {
  await obey();
  const graph = await blockGraph(box, 100);
  const pid = box.pid(100);
  killAt(phase);
  await box.run('vzdump', '100', '--mode', 'stop');
  expect(existsSync(join(box.root, 'phase'))).toBe(false);
  expect(box.pid(100) === undefined).toBe(left === 'down');
  if (phase === 'post-stop') {
    const doctor = await box.run('pave', 'doctor', '--output-format', 'json');
    expect(doctor.stdout).toContain('qm unlock 100 && qm start 100');
  }
  const { code, stderr } = await scheduler();
  expect(`${code} ${stderr}`).toMatch(
    /^0 .*VM 100: starting it again, a killed backup had stopped/s,
  );
  expect(box.pid(100)).not.toBe(pid);
  await expectRunning(graph);
});

it('mode stop, killed when the guest is to shut down: it is started once it is down', async () => {
  const graph = await blockGraph(box, 100);
  const pid = box.pid(100)!;
  // This one takes its time.
  obedient?.destroy();
  await killedAtStep('stop', { command: 'system_powerdown', nth: 1, when: 'after' });
  expect(await scheduler()).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(box.config(100)).toMatch(/^lock: backup$/m);
  expect(box.pid(100)).toBe(pid);
  const next = box.run('vzdump', '100');
  await qmp(box, 100, 'quit');
  const { code, stdout, stderr } = await next;
  expect(code, stdout + stderr).toBe(0);
  expect(stdout + stderr).toContain('VM 100: starting it again, a killed backup had stopped it');
  expect(box.pid(100)).not.toBe(pid);
  await expectRunning(graph);
});

it('whoever unlocks the guest decides; what ran before the last boot is not started', async () => {
  await obey();
  killAt('post-stop');
  await box.run('vzdump', '100', '--mode', 'stop');
  await box.ok('unlock', '100');
  expect(await scheduler()).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(box.pid(100)).toBeUndefined();
  expect(marks().filter((name) => name.endsWith('.held'))).toEqual([]);
  await box.ok('start', '100');
  await obey();
  killAt('post-stop');
  await box.run('vzdump', '100', '--mode', 'stop');
  const held = join(box.root, 'var/lib/pave/backup/100.held');
  writeFileSync(held, readFileSync(held, 'utf8').replace(/"boot":"[^"]*"/, '"boot":"another"'));
  const { code, stderr } = await box.run('pave', 'guests', 'start');
  expect(`${code} ${stderr}`).toContain("removed left over backup lock from '100'");
  expect(existsSync(held)).toBe(false);
  expect(box.pid(100)).toBeUndefined();
  await until(() => box.leftovers(100).length === 0, 300, 'the run to be cleaned up');
  await box.ok('start', '100');
  await untilAsync(async () => (await status()) === 'running', 300, 'the guest to run');
});
