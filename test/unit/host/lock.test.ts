import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHost } from '../../../src/host/local.js';
import { program, start, tempFolder } from './other-process.js';

const host = createHost();
/** Whether a shell, so any other program, may take the lock now. */
const shellGets = (path: string, kind = '-x') =>
  spawnSync('flock', [kind, '-n', path, 'true']).status === 0;

const HOLDER = `
import { createHost } from './src/host/local.ts';
const host = createHost();
const lock = await host.lock(process.argv[2], { timeoutS: 20, onWait: () => console.log('waiting') });
console.log('locked');
setTimeout(() => { lock.release(); }, Number(process.argv[3]));
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
    expect(statSync(path).mode & 0o777).toBe(0o644);
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
    const shell = await host.spawn(['flock', '-x', path, 'sleep', '1'], { effect: 'change' });
    while (shellGets(path)) await host.clock.sleep(20);
    let waits = 0;
    const lock = await host.lock(path, { timeoutS: 10, onWait: () => waits++ });
    expect(waits).toBe(1);
    expect(shellGets(path)).toBe(false);
    lock.release();
    await shell.exited;
  });

  it('gives up with the original text', async () => {
    const path = join(tempFolder(), 'lock');
    const shell = await host.spawn(['flock', '-x', path, 'sleep', '20'], {
      effect: 'change',
      detached: true,
    });
    while (shellGets(path)) await host.clock.sleep(20);
    const text = `can't lock file '${path}' - got timeout`;
    await expect(host.lock(path, { timeoutS: 0 })).rejects.toThrow(text);
    await expect(host.lock(path, { timeoutS: 1 })).rejects.toThrow(text);
    process.kill(-shell.pid, 'SIGKILL');
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
    const holder = start(await program(HOLDER), [path, '60000']);
    await holder.said('locked');
    expect(shellGets(path)).toBe(false);
    holder.child.kill('SIGKILL');
    await holder.ended;
    expect(shellGets(path)).toBe(true);
  });

  it('passes from process to process', async () => {
    const path = join(tempFolder(), 'lock');
    const file = await program(HOLDER);
    const first = start(file, [path, '4000']);
    await first.said('locked');
    const second = start(file, [path, '0']);
    await second.said('waiting');
    expect(second.output()).not.toContain('locked');
    await second.ended;
    expect(second.output()).toContain('locked');
    await first.ended;
  });

  it('is not inherited by other programs we start', async () => {
    const path = join(tempFolder(), 'lock');
    const lock = await host.lock(path, { timeoutS: 1 });
    const child = await host.spawn(['sleep', '5'], { effect: 'read' });
    lock.release();
    expect(shellGets(path)).toBe(true);
    child.kill('SIGKILL');
    await child.exited;
  });
});
