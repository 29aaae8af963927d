/**
 * Ending a command at every point where it changes a file: strace(1) sends the signal when the n-th
 * such system call begins, so that n = 1, 2, … goes through all states a power cut could leave.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import type { Result, Sandbox } from './sandbox.js';

const project = resolve(import.meta.dirname, '../..');

/** What makes a change visible to others: files appear, change their names, go. */
const CHANGES = 'rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir';

export interface Ended extends Result {
  /** The signal came. */
  hit: boolean;
  /** System calls of those kinds that were made. */
  calls: Map<string, number>;
}

interface Point {
  signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT';
  call: string;
  /** At the how-manieth such call it comes. */
  n: number;
}

function traced(box: Sandbox, command: readonly string[], point?: Point): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'pave-strace-'));
  const log = join(folder, 'log');
  const [tool, ...args] = command;
  const inject =
    point === undefined
      ? []
      : ['-e', `inject=${point.call}:signal=${point.signal}:when=${point.n}`];
  const words = ['-o', log, '-e', `trace=${CHANGES},connect`, ...inject];
  return new Promise((done) => {
    const argv = [...words, process.execPath, join(project, `dist/${tool}.cjs`), ...args];
    const [program, ...rest] = [...box.prefix, 'strace', ...argv];
    execFile(program!, rest, { env: box.env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 137;
      const text = readFileSync(log, 'utf8');
      rmSync(folder, { recursive: true, force: true });
      const calls = new Map<string, number>();
      for (const [, call] of text.matchAll(/^(\w+)\(/gm))
        if (call !== 'connect') calls.set(call!, (calls.get(call!) ?? 0) + 1);
      const hit =
        point !== undefined &&
        new RegExp(`--- ${point.signal} |\\+\\+\\+ killed by ${point.signal}`).test(text);
      done({ code, stdout, stderr, hit, calls });
    });
  });
}

/** Kills a command as it is about to connect to a socket for the first time. */
export function killedAtConnect(box: Sandbox, command: readonly string[]): Promise<Ended> {
  return traced(box, command, { signal: 'SIGKILL', call: 'connect', n: 1 });
}

/**
 * Runs a command again and again, each time with the signal at another of its changes, and once
 * without. `round` looks at what is left and puts the machine back as it was. Where the command has
 * more than `most` changes, so many evenly spread ones are taken (PAVE_FAULTS=all: every one,
 * PAVE_SEED: others). Gives the number of rounds that the signal ended.
 */
export async function atEveryChange(
  box: Sandbox,
  signal: Point['signal'],
  command: readonly string[],
  round: (ended: Ended) => Promise<void>,
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  const whole = await traced(box, command);
  expect(`${whole.code} ${whole.stderr}`).toMatch(/^0 /);
  await round(whole);
  const points = [...whole.calls].flatMap(([call, count]) =>
    Array.from({ length: count }, (_, n) => ({ signal, call, n: n + 1 })),
  );
  let hits = 0;
  for (const point of spread(points, process.env.PAVE_FAULTS === 'all' ? points.length : most)) {
    const ended = await traced(box, command, point);
    await round(ended);
    if (ended.hit) hits++;
  }
  return hits;
}

function spread<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  const step = items.length / most;
  const offset = Number(process.env.PAVE_SEED ?? 0) % Math.ceil(step);
  return Array.from(
    { length: most },
    (_, n) => items[Math.floor(n * step + offset) % items.length]!,
  );
}

/** Volume ids a config names, in any section, CD-ROMs left out. */
export function namedVolumes(config: string | undefined): string[] {
  const found = [...(config ?? '').matchAll(/^\w+\d*: (?:file=)?(local:\d+\/[^,\s]+)/gm)];
  return [...new Set(found.map((match) => match[1]!))].sort();
}

/** Images that pass for volumes: what is only half made does not. */
export function volumes(box: Sandbox): string[] {
  return box
    .images()
    .filter((name) => !/\/\.pave-/.test(name))
    .map((name) => `local:${name}`);
}

/** What must hold whatever was killed: the config reads, and nobody holds a lock. */
export async function expectUsable(box: Sandbox, vmid: number): Promise<void> {
  if (box.config(vmid) !== undefined) {
    const shown = await box.qm('config', String(vmid));
    expect(`${shown.code} ${shown.stderr}`).toBe('0 ');
  }
  const locks = [
    join(box.root, `run/lock/qemu-server/lock-${vmid}.conf`),
    join(box.root, 'run/lock/pve-manager/pve-storage-local'),
  ];
  for (const lock of locks.filter((path) => existsSync(path)))
    execFileSync('flock', ['-w', '20', lock, 'true']);
}

/** Half-written files below /etc/pve. */
export function temps(box: Sandbox): string[] {
  const folder = join(box.root, 'etc/pve');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.startsWith('nodes/') && name.includes('.tmp.'),
  );
}

/** The command a hint tells to run, e.g. `qm destroy 100 …`; all of them where it joins several. */
export function hinted(stderr: string): string[][] {
  const hint = /^hint: .*?((?:qm|pvesm) .*)$/m.exec(stderr);
  if (hint === null) throw new Error(`no command is hinted at:\n${stderr}`);
  return hint[1]!.split(' && ').map((command) => command.replace(/ ends it$/, '').split(' '));
}
