import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHost } from '../../../src/host/local.js';
import { program, start, tempFolder } from './other-process.js';

const host = createHost();
/** Whether a shell, so any other program, may take the lock now. */
const shellGets = (path: string, kind = '-x') =>
  spawnSync('flock', [kind, '-n', path, 'true']).status === 0;

/** Another program that holds the lock until its input ends. */
async function shellHolds(path: string): Promise<{ release(): Promise<void> }> {
  const shell = spawn('flock', ['-x', path, 'sh', '-c', 'echo locked; cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(shell, 'exit');
  await once(shell.stdout, 'data');
  return {
    async release() {
      shell.stdin.end();
      await ended;
    },
  };
}

/** Holds the lock until a file of that name is there. */
const HOLDER = `
import { existsSync } from 'node:fs';
import { createHost } from './src/host/local.ts';
const host = createHost();
const lock = await host.lock(process.argv[2], { timeoutS: 60, onWait: () => console.log('waiting') });
console.log('locked');
while (!existsSync(process.argv[3])) await host.clock.sleep(20);
lock.release();
`;

describe('lock', () => {
  it('keeps a shell out until released, makes folders, never deletes the file', async () => {
    const path = join(tempFolder(), 'a/b/lock-100.conf');
    const lock = await host.lock(path, { timeoutS: 5 });
    expect(shellGets(path)).toBe(false);
    lock.release();
    lock.release();
    expect(shellGets(path)).toBe(true);
    expect(existsSync(path)).toBe(true);
    // A reader could take it, and keep us out for ever.
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('trusts no folder of somebody else where everybody may make one', async (test) => {
    if (process.geteuid?.() !== 0) test.skip('only root can give a folder away');
    const folder = tempFolder();
    chmodSync(folder, 0o1777);
    const path = join(folder, 'qemu-server/lock-100.conf');
    mkdirSync(join(folder, 'qemu-server'));
    symlinkSync('/nowhere', path);
    await expect(host.lock(path, { timeoutS: 1 })).rejects.toThrow(/unable to open the lock file/);
    chownSync(join(folder, 'qemu-server'), 65534, 65534);
    await expect(host.lock(path, { timeoutS: 1 })).rejects.toThrow(/belongs to user 65534/);
    chmodSync(folder, 0o755);
    await expect(host.lock(join(folder, 'qemu-server/b'), { timeoutS: 1 })).resolves.toBeDefined();
  });

  it('makes folders through a link to nowhere, as /var/lock is on a bare /run', async () => {
    const root = tempFolder();
    mkdirSync(join(root, 'var'));
    symlinkSync('../run/lock', join(root, 'var/lock'));
    const lock = await host.lock(join(root, 'var/lock/qemu-server/lock-100.conf'), { timeoutS: 5 });
    lock.release();
    expect(existsSync(join(root, 'run/lock/qemu-server/lock-100.conf'))).toBe(true);
  });

  it('waits for a shell that holds it, and says so once', async () => {
    const path = join(tempFolder(), 'lock');
    const shell = await shellHolds(path);
    let waits = 0;
    const onWait = () => {
      waits++;
      void shell.release();
    };
    const lock = await host.lock(path, { timeoutS: 60, onWait });
    expect(waits).toBe(1);
    expect(shellGets(path)).toBe(false);
    lock.release();
  });

  it('gives up with the original text', async () => {
    const path = join(tempFolder(), 'lock');
    const shell = await shellHolds(path);
    const text = `can't lock file '${path}' - got timeout`;
    await expect(host.lock(path, { timeoutS: 0 })).rejects.toThrow(text);
    await expect(host.lock(path, { timeoutS: 1 })).rejects.toThrow(text);
    await shell.release();
  });

  it('is one lock when taken twice, and free after the last release', async () => {
    const path = join(tempFolder(), 'lock');
    const outer = await host.lock(path, { timeoutS: 1 });
    const inner = await host.lock(path, { timeoutS: 1 });
    outer.release();
    expect(shellGets(path)).toBe(false);
    inner.release();
    expect(shellGets(path)).toBe(true);
    const [a, b] = await Promise.all([
      host.lock(path, { timeoutS: 1 }),
      host.lock(path, { timeoutS: 1 }),
    ]);
    a.release();
    expect(shellGets(path)).toBe(false);
    b.release();
    expect(shellGets(path)).toBe(true);
  });

  it('shares', async () => {
    const path = join(tempFolder(), 'lock');
    const lock = await host.lock(path, { timeoutS: 1, shared: true });
    expect(shellGets(path, '-s')).toBe(true);
    expect(shellGets(path)).toBe(false);
    const upgraded = await host.lock(path, { timeoutS: 1 });
    expect(shellGets(path, '-s')).toBe(false);
    upgraded.release();
    lock.release();
  });

  it('dies with its process, also by SIGKILL', async () => {
    const path = join(tempFolder(), 'lock');
    const holder = start(await program(HOLDER), [path, '/nowhere']);
    await holder.said('locked');
    expect(shellGets(path)).toBe(false);
    holder.child.kill('SIGKILL');
    await holder.ended;
    expect(shellGets(path)).toBe(true);
  });

  it('passes from process to process', async () => {
    const path = join(tempFolder(), 'lock');
    const file = await program(HOLDER);
    const enough = join(tempFolder(), 'enough');
    const first = start(file, [path, enough]);
    await first.said('locked');
    const second = start(file, [path, enough]);
    await second.said('waiting');
    expect(second.output()).not.toContain('locked');
    writeFileSync(enough, '');
    await second.ended;
    expect(second.output()).toContain('locked');
    await first.ended;
  });

  it('is not inherited by other programs we start', async () => {
    const path = join(tempFolder(), 'lock');
    const lock = await host.lock(path, { timeoutS: 1 });
    const child = await host.spawn(['sleep', '300'], { effect: 'read' });
    lock.release();
    expect(shellGets(path)).toBe(true);
    child.kill('SIGKILL');
    await child.exited;
  });
});
