// npm run bench:backup [-- --size GIB] [--rounds N] [--dir DIR] [--only backup,restore,compress,increment,latency]
// What backup and restore do against the plain tools, as ratios of throughput within one run: the
// same disk, the same NBD server, turns taken. It needs 4 x GIB of room below DIR.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { latency } from './lib/bench-latency.mjs';
import { compare as compareIn, run as runIn } from './lib/bench-turns.mjs';
import { root } from './lib/bundle.mjs';

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    dir: { type: 'string', default: tmpdir() },
    only: { type: 'string', default: 'backup,restore,compress,increment,latency' },
  },
});
const gib = Number(options.size);
const rounds = Number(options.rounds);
const parts = new Set(options.only.split(','));
const work = mkdtempSync(join(options.dir, 'pave-bench-backup-'));
const env = { ...process.env, LC_ALL: 'C.UTF-8', PAVE_ROOT: work, PAVE_NODE: 'bench' };
delete env.NODE_EXTRA_CA_CERTS;
const bin = (name) => join(root, 'bin', name);
const dump = join(work, 'var/lib/vz/dump');
const images = join(work, 'var/lib/vz/images');
const run = (script) => runIn(env, script);
const compare = (name, what) => compareIn(env, name, { rounds, ...what });

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

const dd = (disk, count, seek) =>
  `dd if=/dev/urandom of=${disk} bs=4M count=${count} seek=${seek} conv=notrunc status=none`;

const disks = {
  random: { vmid: 101, make: () => guest(101, `${gib}G`, (disk) => dd(disk, gib * 256, 0)) },
  // Two pieces of 4 MiB of every 25 are data.
  sparse: {
    vmid: 102,
    make: () =>
      guest(
        102,
        `${gib}G`,
        (disk) => `for i in $(seq 0 25 ${gib * 256 - 2}); do ${dd(disk, 2, '$i')}; done`,
      ),
  },
};

const vzdump = (vmid, packer = '0') =>
  `${bin('vzdump')} ${vmid} --stdout 1 --compress ${packer} --quiet 1 | cat >/dev/null`;

/** A whole archive of it, made when it is first needed. */
function archiveOf(vmid) {
  const find = () =>
    readdirSync(dump).find(
      (name) => name.startsWith(`vzdump-qemu-${vmid}-`) && name.endsWith('.vma'),
    );
  mkdirSync(dump, { recursive: true });
  if (find() === undefined) run(`${bin('vzdump')} ${vmid} --compress 0 --quiet 1`);
  return join(dump, find());
}

function backup() {
  for (const [name, { vmid, path }] of Object.entries(disks))
    compare(`backup, ${name} disk`, {
      ours: vzdump(vmid),
      plain: `nbdcopy -- [ qemu-nbd -r -f raw ${path} ] - | cat >/dev/null`,
      budget: 1,
    });
  guest(103, '1024G', () => ':');
  const { seconds, mib } = run(vzdump(103));
  console.log(
    `${'backup, empty disk of 1 TiB'.padEnd(34)} ${seconds.toFixed(2)} s  peak ${mib.toFixed(0)} MiB`,
  );
}

function restore() {
  const out = join(work, 'out');
  const target = join(images, '201/vm-201-disk-0.raw');
  const conf = join(work, 'etc/pve/nodes/bench/qemu-server/201.conf');
  for (const [name, { vmid, path }] of Object.entries(disks)) {
    const archive = archiveOf(vmid);
    const convert = (to) => `qemu-img convert -W -f raw -O raw ${path} ${to}; sync ${to}`;
    compare(`vma extract, ${name} disk`, {
      ours: `PAVE_ROOT= ${bin('vma')} extract ${archive} ${out}; sync ${out}/*`,
      plain: `mkdir ${out}; ${convert(`${out}/d.raw`)}`,
      budget: 0.8,
      before: `rm -rf ${out}`,
    });
    compare(`qmrestore, ${name} disk`, {
      ours: `${bin('qmrestore')} local:backup/${archive.split('/').at(-1)} 201 >/dev/null; sync ${target}`,
      plain: `mkdir -p ${join(images, '201')}; ${convert(target)}`,
      budget: 0.8,
      before: `rm -rf ${out} ${join(images, '201')} ${conf}`,
    });
    run(`rm -rf ${join(images, '201')} ${conf}`);
  }
}

function compress() {
  const archive = archiveOf(disks.sparse.vmid);
  for (const [packer, alone] of [
    ['zstd', 'zstd -q -c --threads=1'],
    ['gzip', 'gzip --rsyncable -c'],
    ['lzo', 'lzop -c'],
  ])
    compare(`backup with ${packer}, sparse disk`, {
      ours: vzdump(disks.sparse.vmid, packer),
      plain: `${alone} <${archive} | cat >/dev/null`,
    });
}

/** A guest that is off is compared with its last backup; a hundredth of its disk has changed. */
function increment() {
  const { vmid, path } = disks.random;
  const make = (option) => {
    const before = new Set(readdirSync(dump));
    const { seconds } = run(`${bin('vzdump')} ${vmid} ${option} --compress 0 --quiet 1`);
    const made = readdirSync(dump).find((name) => !before.has(name) && /\.vma(-inc)?$/.test(name));
    // The next one gets a name of its own.
    run('sleep 1');
    return `${seconds.toFixed(2)} s, ${(statSync(join(dump, made)).size / 2 ** 20).toFixed(0)} MiB`;
  };
  mkdirSync(dump, { recursive: true });
  console.log(`${'guest off, full'.padEnd(34)} ${make('--fullbackup 9')}`);
  run(dd(path, Math.ceil(gib * 2.56), 100));
  console.log(`${'guest off, increment'.padEnd(34)} ${make('--fullbackup 9')}`);
}

try {
  if (['backup', 'restore', 'compress', 'increment'].some((part) => parts.has(part)))
    for (const disk of Object.values(disks)) disk.path = disk.make();
  if (parts.has('backup')) backup();
  if (parts.has('restore')) restore();
  if (parts.has('compress')) compress();
  if (parts.has('increment')) increment();
  if (parts.has('latency')) await latency({ bin, env, work, project: root, mib: 1024 });
} finally {
  rmSync(work, { recursive: true, force: true });
}
