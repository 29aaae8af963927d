/** The main job: `pave quickstart` in a network namespace and a root of its own, from nothing. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, sandbox } from './sandbox.js';

/** Seconds that end what hangs. */
const LONG = 900;
const netns = `pave-qs-${process.pid}-${randomBytes(4).toString('hex')}`;
let box: Sandbox;
let works = true;

beforeAll(() => {
  try {
    execFileSync('ip', ['netns', 'add', netns], { stdio: 'pipe' });
  } catch {
    works = false;
  }
  box = sandbox({ netns });
});
afterAll(() => {
  box.dispose();
  if (works) execFileSync('ip', ['netns', 'del', netns]);
});

const bridges = () =>
  execFileSync('ip', ['-n', netns, '-br', 'link', 'show', 'type', 'bridge'], { encoding: 'utf8' });
const state = () => join(box.root, 'var/lib/pave/quickstart.json');

describe('pave quickstart', () => {
  it('boots a machine from nothing, and shuts it down', {
    timeout: 2 * LONG * 1000,
  }, async (test) => {
    if (!works) test.skip('needs network namespaces');
    const result = await box.run('pave', 'quickstart', '--timeout', String(LONG));
    expect(result.code, `${result.stdout}\n${result.stderr}`).toBe(0);
    expect(result.stdout).toContain('Pave guest ready');
    expect(result.stdout).toMatch(/^ +100 pave-quickstart +running/m);
    expect(result.stdout).toMatch(/it has the address 10\.\d+\.\d+\.\d+ and answers there/);
    expect(result.stdout).toMatch(/^qmpstatus: running$/m);
    expect(result.stdout).toMatch(/\$ qm shutdown 100[\s\S]*\nstatus: stopped\n/);
    expect(result.stdout).toContain('npm run quickstart -- --clean');
    // In a pipe: plain lines.
    expect(`${result.stdout}${result.stderr}`).not.toMatch(/\x1b|\r/);
    expect(bridges()).toContain('vmbr1');
    expect(box.config(100)).toContain('name: pave-quickstart');
    expect(box.leftovers(100)).toEqual([]);
  });

  it('does not touch a machine that somebody made his own', {
    timeout: LONG * 1000,
  }, async (test) => {
    if (!works) test.skip('needs network namespaces');
    const config = join(box.root, 'etc/pve/nodes/n1/qemu-server/100.conf');
    const before = readFileSync(config, 'utf8');
    const known = readFileSync(state(), 'utf8');
    writeFileSync(config, before.replace('name: pave-quickstart', 'name: web'));
    const result = await box.run('pave', 'quickstart', '--clean');
    expect(result.code, result.stderr).toBe(0);
    expect(result.stdout).toContain('VM 100 is not as the quickstart made it any more: it stays.');
    expect(box.config(100)).toContain('name: web');
    expect(box.images()).toEqual(['100/vm-100-disk-0.raw']);
    expect(bridges()).toContain('vmbr1');
    // As if it had never been asked.
    expect(existsSync(state())).toBe(false);
    mkdirSync(dirname(state()));
    writeFileSync(config, before);
    writeFileSync(state(), known);
  });

  it('takes everything away again', { timeout: LONG * 1000 }, async (test) => {
    if (!works) test.skip('needs network namespaces');
    const result = await box.run('pave', 'quickstart', '--clean');
    expect(result.code, result.stderr).toBe(0);
    expect(box.config(100)).toBeUndefined();
    expect(box.images()).toEqual([]);
    expect(bridges()).toBe('');
    expect(existsSync(join(box.root, 'etc/network/interfaces'))).toBe(false);
    expect(existsSync(join(box.root, 'etc/pve'))).toBe(false);
    expect(existsSync(join(box.root, 'var/lib/vz'))).toBe(false);
    expect(existsSync(state())).toBe(false);
    // Only logs and what goes with the next boot are left.
    expect(readdirSync(box.root).sort()).toEqual(['etc', 'run', 'var']);
    expect(readdirSync(join(box.root, 'var')).sort()).toEqual(['lib', 'log']);
    expect((await box.run('pave', 'quickstart', '--clean')).code).toBe(0);
  });
});
