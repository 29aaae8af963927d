/**
 * Whatever config the schema accepts: `qm start` gives a QEMU that runs, or an error of ours that
 * names the reason and leaves nothing behind. QEMU's own refusal of our words is a defect.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { qemu10 } from '../lab/qemu10.js';
import { randomConfig, type Surroundings } from '../lib/random-config.js';
import { random } from '../unit/random.js';
import { type Sandbox, sandbox } from './sandbox.js';

const SEED = Number(process.env.PAVE_SEED ?? 20261124);
const COUNT = Number(process.env.PAVE_CONFIGS ?? 40);

const QEMUS = [
  { qemu: "this machine's QEMU", bin: () => undefined },
  { qemu: "Debian 13's QEMU", bin: qemu10 },
];

describe.each(QEMUS)('any config the schema accepts, with $qemu', { timeout: 600_000 }, (given) => {
  const netns = `pave-any-${process.pid}`;
  let skip: string | undefined;
  let box: Sandbox;
  let around: Surroundings;

  beforeAll(async () => {
    const bin = given.bin();
    skip = bin?.skip;
    if (skip !== undefined) return;
    execFileSync('ip', ['netns', 'add', netns]);
    for (const bridge of ['vmbr0', 'vmbr1']) {
      execFileSync('ip', ['-n', netns, 'link', 'add', bridge, 'type', 'bridge']);
      execFileSync('ip', ['-n', netns, 'link', 'set', bridge, 'up']);
    }
    box = sandbox({ netns, ...(bin?.path === undefined ? {} : { bin: bin.path }) });
    const disks: string[] = [];
    for (let i = 0; i < 6; i++) {
      const format = i % 2 === 0 ? 'raw' : 'qcow2';
      await box.run('pvesm', 'alloc', 'local', '100', `vm-100-disk-${i}.${format}`, '8M');
      disks.push(`local:100/vm-100-disk-${i}.${format}`);
    }
    const isos = join(box.root, 'var/lib/vz/template/iso');
    mkdirSync(isos, { recursive: true });
    writeFileSync(join(isos, 'one.iso'), Buffer.alloc(65536));
    mkdirSync(join(box.root, 'srv/shared'), { recursive: true });
    mkdirSync(join(box.root, 'etc/pve/mapping'), { recursive: true });
    const mapping = 'shared\n\tmap node=n1,path=/srv/shared\n';
    writeFileSync(join(box.root, 'etc/pve/mapping/directory.cfg'), mapping);
    around = {
      disks,
      isos: ['local:iso/one.iso', 'local:100/vm-100-cloudinit.qcow2'],
      bridges: ['vmbr0', 'vmbr1'],
      directories: ['shared'],
    };
  }, 600_000);
  afterAll(() => {
    if (skip !== undefined) return;
    box.dispose();
    execFileSync('ip', ['netns', 'del', netns]);
  });

  /** Whatever a guest that does not run must not leave: run files, taps, helper processes' sockets. */
  function leftovers(): string[] {
    const links = execFileSync('ip', ['-n', netns, '-o', 'link'], { encoding: 'utf8' });
    const taps = [...links.matchAll(/^\d+: (tap100i\d+|fw\w+100i\d+)/gm)].map((match) => match[1]!);
    return [...box.leftovers(100), ...taps];
  }

  it(`starts or says why not, and leaves nothing behind (seed ${SEED})`, async (ctx) => {
    if (skip !== undefined) ctx.skip(skip);
    const defects: string[] = [];
    let started = 0;
    const attempt = async (values: Map<string, string>, seed: number): Promise<string[]> => {
      const text = [...values]
        .map(([key, value]) => `${key}: ${value}\n`)
        .sort()
        .join('');
      box.writeConfig(100, text);
      const result = await box.qm('start', '100');
      const what = `config ${seed}:\n${text}exit ${result.code}\n${result.stderr}`;
      if (result.code === 0) {
        started++;
        if (box.pid(100) === undefined) defects.push(`no QEMU runs: ${what}`);
        const stopped = await box.qm('stop', '100');
        if (stopped.code !== 0) defects.push(`${what}stop: ${stopped.stderr}`);
      } else if (/QEMU exited|internal error|^\s*$/.test(result.stderr)) {
        defects.push(what);
      }
      const left = leftovers();
      if (left.length > 0) defects.push(`left behind: ${left.join(', ')}: ${what}`);
      const refused = [...result.stderr.matchAll(/^([a-z][a-z0-9_-]*): /gm)].map((m) => m[1]!);
      return result.code === 0 ? [] : refused.filter((key) => values.has(key));
    };
    for (let i = 0; i < COUNT; i++) {
      const values = randomConfig(random(SEED + i), around);
      // What this host cannot give is refused by name; without it the rest is tried.
      for (let round = 0; round < 4; round++) {
        const refused = await attempt(values, SEED + i);
        if (refused.length === 0) break;
        for (const key of refused) values.delete(key);
      }
    }
    expect(defects.join('\n\n')).toBe('');
    // A generator whose configs are all refused would prove nothing.
    expect(started).toBeGreaterThan(COUNT / 4);
    const images = readdirSync(join(box.root, 'var/lib/vz/images/100'));
    // Made where a config has one.
    expect(images.filter((name) => name !== 'vm-100-cloudinit.qcow2')).toHaveLength(6);
  });
});
