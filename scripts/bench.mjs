// npm run bench:commands [-- --rounds N] [--json]
// What the reading commands cost against a bare `node -e 0`, as ratios within one run: machines are
// shared and noisy. Rounds of bare node and of ours take turns; the median of each is compared.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './lib/bundle.mjs';

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, json: { type: 'boolean', default: false } },
});
const rounds = Number(options.rounds);
const PER_ROUND = 10;
const TIME = '/usr/bin/time';

if (!existsSync(join(root, 'dist/qm.cjs'))) {
  console.error('bench: run `npm run build` first');
  process.exit(2);
}

const env = { ...process.env, LC_ALL: 'C.UTF-8', PAVE_NODE: 'bench' };
delete env.NODE_EXTRA_CA_CERTS;

/** A root folder with that many guests, each as a usual one is. */
function nodeWithGuests(count) {
  const folder = mkdtempSync(join(tmpdir(), 'pave-bench-'));
  const conf = join(folder, 'etc/pve/nodes/bench/qemu-server');
  mkdirSync(conf, { recursive: true });
  mkdirSync(join(folder, 'var/lib/vz/images/100'), { recursive: true });
  writeFileSync(join(folder, 'var/lib/vz/images/100/vm-100-disk-0.raw'), '');
  for (let i = 0; i < count; i++) {
    writeFileSync(
      join(conf, `${100 + i}.conf`),
      `#Guest number ${i}\nboot: order=scsi0;ide2;net0\ncores: 2\nide2: none,media=cdrom\nmemory: 2048\nmeta: creation-qemu=7.2.22,ctime=1700000000\nname: guest${i}\nnet0: virtio=BC:24:11:00:00:01,bridge=vmbr0\nnuma: 0\nostype: l26\nscsi0: local:${100 + i}/vm-${100 + i}-disk-0.raw,size=32G\nscsihw: virtio-scsi-single\nsmbios1: uuid=3f4a4bd4-6e0f-4a2f-9bbd-8e8d3c1b2a10\nsockets: 1\nvmgenid: 0b8a7a4c-2f0a-4d0c-9a3e-5d6f7a8b9c0d\n`,
    );
  }
  return folder;
}

/** Seconds of wall clock and of CPU (user and system) per run. */
function measure(argv, extraEnv) {
  const script = `TIMEFORMAT='%3R %3U %3S'; time for i in {1..${PER_ROUND}}; do "$@" >/dev/null </dev/null || exit 3; done`;
  const run = spawnSync('bash', ['-c', script, 'bench', ...argv], {
    env: { ...env, ...extraEnv },
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`${argv.join(' ')} failed: ${run.stderr}`);
  const [wall, user, system] = run.stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { wall: wall / PER_ROUND, cpu: (user + system) / PER_ROUND };
}

/** Peak memory in KiB, undefined where GNU time is not installed. */
function memory(argv, extraEnv) {
  if (!existsSync(TIME)) return undefined;
  const run = spawnSync(TIME, ['-f', '%M', ...argv], {
    env: { ...env, ...extraEnv },
    encoding: 'utf8',
  });
  return Number(run.stderr.trim().split('\n').at(-1));
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const bin = (tool) => join(root, 'bin', tool);

const folders = new Map([1, 100, 1000].map((count) => [count, nodeWithGuests(count)]));
const subjects = [
  { name: 'qm list, 1 guest', argv: [bin('qm'), 'list'], guests: 1, budget: 2.0 },
  { name: 'qm list, 100 guests', argv: [bin('qm'), 'list'], guests: 100 },
  { name: 'qm list, 1000 guests', argv: [bin('qm'), 'list'], guests: 1000, budget: 4.0 },
  { name: 'qm config', argv: [bin('qm'), 'config', '100'], guests: 1, budget: 2.0 },
  { name: 'qm status', argv: [bin('qm'), 'status', '100'], guests: 1, budget: 2.0 },
  { name: 'qm status, 1000 guests', argv: [bin('qm'), 'status', '100'], guests: 1000 },
  {
    name: 'pvesm path',
    argv: [bin('pvesm'), 'path', 'local:100/vm-100-disk-0.raw'],
    guests: 1,
    budget: 2.0,
  },
  { name: 'pvesm status', argv: [bin('pvesm'), 'status'], guests: 1 },
  { name: 'pvesm list', argv: [bin('pvesm'), 'list', 'local'], guests: 1 },
  { name: 'qm showcmd', argv: [bin('qm'), 'showcmd', '100'], guests: 1, budget: 2.0 },
  { name: 'qm help', argv: [bin('qm'), 'help'], guests: 1 },
];
const bare = [process.execPath, '-e', '0'];
const results = [];
try {
  const bareMemory = median([1, 2, 3].map(() => memory(bare, {})));
  for (const subject of subjects) {
    const extra = { PAVE_ROOT: folders.get(subject.guests) };
    measure(subject.argv, extra);
    const base = [];
    const own = [];
    for (let i = 0; i < rounds; i++) {
      base.push(measure(bare, {}));
      own.push(measure(subject.argv, extra));
    }
    const ratio = (key) => median(own.map((m) => m[key])) / median(base.map((m) => m[key]));
    const peak = memory(subject.argv, extra);
    results.push({
      name: subject.name,
      wallMs: median(own.map((m) => m.wall)) * 1000,
      cpuMs: median(own.map((m) => m.cpu)) * 1000,
      bareCpuMs: median(base.map((m) => m.cpu)) * 1000,
      wall: ratio('wall'),
      cpu: ratio('cpu'),
      memory: peak === undefined ? undefined : peak / bareMemory,
      budget: subject.budget,
    });
    if (!options.json) print(results.at(-1));
  }
} finally {
  for (const folder of folders.values()) rmSync(folder, { recursive: true, force: true });
}
if (options.json) console.log(JSON.stringify(results, null, 2));

function print(row) {
  const text = (value) => (value === undefined ? '   -  ' : `${value.toFixed(2)}x`.padStart(6));
  const verdict =
    row.budget === undefined
      ? ''
      : row.cpu <= row.budget
        ? `within ${row.budget}x`
        : `OVER ${row.budget}x`;
  console.log(
    `${row.name.padEnd(24)} wall ${text(row.wall)} (${row.wallMs.toFixed(1)} ms)  cpu ${text(row.cpu)} (${row.cpuMs.toFixed(1)} of ${row.bareCpuMs.toFixed(1)} ms)  memory ${text(row.memory)}  ${verdict}`,
  );
}
