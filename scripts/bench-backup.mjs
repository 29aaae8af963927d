// npm run bench:backup [-- --size GIB] [--rounds N] [--dir DIR]
// What backup and restore do against the plain tools, as ratios of throughput within one run: the
// same disk, the same NBD server, turns taken. The guest is off; it needs 4 x GIB of room below DIR.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './lib/bundle.mjs';

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    dir: { type: 'string', default: tmpdir() },
  },
});
const gib = Number(options.size);
const rounds = Number(options.rounds);
const work = mkdtempSync(join(options.dir, 'pave-bench-backup-'));
const env = { ...process.env, LC_ALL: 'C.UTF-8', PAVE_ROOT: work, PAVE_NODE: 'bench' };
delete env.NODE_EXTRA_CA_CERTS;
const bin = (name) => join(root, 'bin', name);
const images = join(work, 'var/lib/vz/images');

/** Runs it in bash with pipefail; gives seconds, and the largest process's peak memory in MiB. */
function run(script) {
  const begin = process.hrtime.bigint();
  const result = spawnSync(
    '/usr/bin/time',
    ['-f', '%M', 'bash', '-c', `set -eo pipefail; ${script}`],
    { env, encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  if (result.status !== 0) throw new Error(`${script}: ${result.stderr}`);
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  return { seconds, mib: Number(result.stderr.trim().split('\n').at(-1)) / 1024 };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** `budget`: the least ratio of throughput. */
function compare(name, ours, theirs, budget, before = '') {
  const own = [];
  const base = [];
  for (let i = 0; i < rounds; i++) {
    if (before !== '') run(before);
    base.push(run(theirs));
    if (before !== '') run(before);
    own.push(run(ours));
  }
  const [mine, other] = [own, base].map((list) => median(list.map(({ seconds }) => seconds)));
  const ratio = other / mine;
  const verdict =
    budget === undefined ? '' : ratio >= budget ? `within ${budget}x` : `UNDER ${budget}x`;
  const peak = Math.max(...own.map(({ mib }) => mib));
  console.log(
    `${name.padEnd(34)} ${ratio.toFixed(2)}x (${mine.toFixed(2)} s, plain ${other.toFixed(2)} s)  peak ${peak.toFixed(0)} MiB  ${verdict}`,
  );
}

function guest(vmid, size, fill) {
  const folder = join(images, String(vmid));
  mkdirSync(folder, { recursive: true });
  const disk = join(folder, `vm-${vmid}-disk-0.raw`);
  run(`truncate -s ${size} ${disk}; ${fill(disk)}`);
  const conf = join(work, 'etc/pve/nodes/bench/qemu-server');
  mkdirSync(conf, { recursive: true });
  writeFileSync(
    join(conf, `${vmid}.conf`),
    `memory: 512\nscsi0: local:${vmid}/vm-${vmid}-disk-0.raw,size=${size}\n`,
  );
  return disk;
}

try {
  const random = guest(
    101,
    `${gib}G`,
    (disk) => `dd if=/dev/urandom of=${disk} bs=4M count=${gib * 256} conv=notrunc status=none`,
  );
  // A tenth of it, in pieces, is data.
  const sparse = guest(
    102,
    `${gib}G`,
    (disk) =>
      `for i in $(seq 0 25 ${gib * 256 - 1}); do dd if=/dev/urandom of=${disk} bs=4M count=2 seek=$i conv=notrunc status=none; done; truncate -s ${gib}G ${disk}`,
  );
  guest(103, '1024G', () => ':');
  const nbdcopy = (disk) => `nbdcopy -- [ qemu-nbd -r -f raw ${disk} ] - | cat >/dev/null`;
  const vzdump = (vmid, packer = '0') =>
    `${bin('vzdump')} ${vmid} --stdout 1 --compress ${packer} --quiet 1 | cat >/dev/null`;
  compare('backup, random disk', vzdump(101), nbdcopy(random), 1);
  compare('backup, sparse disk', vzdump(102), nbdcopy(sparse), 1);
  const empty = run(vzdump(103));
  console.log(
    `backup, empty disk of 1 TiB          ${empty.seconds.toFixed(2)} s  peak ${empty.mib.toFixed(0)} MiB`,
  );
  for (const vmid of [101, 102]) run(`${bin('vzdump')} ${vmid} --compress 0 --quiet 1`);
  const dump = join(work, 'var/lib/vz/dump');
  const archive = (vmid) =>
    join(
      dump,
      readdirSync(dump).find(
        (name) => name.startsWith(`vzdump-qemu-${vmid}-`) && name.endsWith('.vma'),
      ),
    );
  const out = join(work, 'out');
  for (const [name, vmid, disk] of [
    ['random', 101, random],
    ['sparse', 102, sparse],
  ])
    compare(
      `restore, ${name} disk`,
      `PAVE_ROOT= ${bin('vma')} extract ${archive(vmid)} ${out}; sync ${out}/*`,
      `mkdir ${out}; qemu-img convert -n -W -f raw -O raw ${disk} ${out}/d.raw 2>/dev/null || qemu-img convert -W -f raw -O raw ${disk} ${out}/d.raw; sync ${out}/*`,
      0.8,
      `rm -rf ${out}`,
    );
  for (const [packer, alone] of [
    ['zstd', 'zstd -q -c --threads=1'],
    ['gzip', 'gzip --rsyncable -c'],
    ['lzo', 'lzop -c'],
  ])
    compare(
      `backup with ${packer}, sparse disk`,
      vzdump(102, packer),
      `${alone} <${archive(102)} | cat >/dev/null`,
    );
  run(`${bin('vzdump')} 101 --fullbackup 3 --compress 0 --quiet 1`);
  compare(
    'increment of an unchanged disk',
    `${bin('vzdump')} 101 --fullbackup 99 --compress 0 --quiet 1; sleep 1`,
    `${bin('vzdump')} 101 --compress 0 --quiet 1; sleep 1`,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}
