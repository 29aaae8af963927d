/**
 * A guest that writes files with checksums all the time, for the tests of backups: what it says is
 * synced must be in every backup that begins later.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { qmp } from './qmp.js';
import { type Sandbox, Serial, until } from './sandbox.js';

const project = resolve(import.meta.dirname, '../..');

/** VM with a boot disk, a data disk with ext4 (both with I/O threads) and one that is left out. */
export async function writerVm(box: Sandbox, vmid: number): Promise<void> {
  execFileSync(
    join(project, 'scripts/guest-image.sh'),
    ['--agent', '--force', join(box.root, 'guest.raw')],
    { stdio: 'pipe' },
  );
  const data = join(box.root, 'data.raw');
  // Mostly empty: only what is allocated is to be copied.
  execFileSync('truncate', ['-s', '3G', data]);
  execFileSync('mkfs.ext4', ['-q', '-b', '4096', data]);
  // An image that grows as it is written to: what it has allocated changes all the time.
  mkdirSync(join(box.root, 'etc/pve'), { recursive: true });
  writeFileSync(
    join(box.root, 'etc/pve/storage.cfg'),
    'dir: local\n\tpath /var/lib/vz\n\tcontent images,backup,iso,vztmpl,snippets,rootdir\n\tpreallocation off\n',
  );
  await box.ok(
    ...['create', String(vmid), '--memory', '256', '--ostype', 'l26', '--kvm', '0'],
    ...['--scsihw', 'virtio-scsi-single', '--serial0', 'socket', '--agent', '1'],
    ...['--scsi0', 'local:0,import-from=/guest.raw,iothread=1'],
    ...['--virtio1', 'local:0,import-from=/data.raw,format=qcow2,iothread=1'],
    ...['--scsi2', 'local:1,backup=0'],
  );
}

const WRITER =
  'modprobe ext4; mount /dev/vda /mnt; i=0; while [ $i -lt 100000 ]; do' +
  ' f=/mnt/f$((i%40)); dd if=/dev/urandom of=$f.new bs=64k count=4 2>/dev/null;' +
  ' (echo $i; md5sum <$f.new) >$f.sum.new; sync; mv $f.new $f; mv $f.sum.new $f.sum; sync;' +
  ' i=$((i+1)); echo "SYNC""ED $i"; done';

export class Writer {
  readonly serial: Serial;

  constructor(box: Sandbox, vmid: number) {
    this.serial = new Serial(box, vmid);
  }

  /** Waits for the guest and has it begin to write. */
  async start(): Promise<void> {
    await this.serial.shell(900);
    this.serial.type(WRITER);
    await this.reaches(3);
  }

  /** Files it has synced so far. */
  get synced(): number {
    return Number([...this.serial.text.matchAll(/SYNCED (\d+)\r?\n/g)].at(-1)?.[1] ?? 0);
  }

  /** It goes on writing. */
  async goesOn(): Promise<void> {
    await this.reaches(this.synced + 2);
  }

  /** It may say one of them in the middle of a word of its kernel's: a later one will do. */
  private async reaches(number: number): Promise<void> {
    await until(
      () => this.synced >= number,
      900,
      () => `file ${number} to be synced; it showed:\n${this.serial.text.slice(-1500)}`,
    );
  }

  close(): void {
    this.serial.close();
  }
}

/**
 * The restored file system is clean and holds all that was synced: gives the highest number found.
 * `frozen`: it must be clean without even replaying its journal.
 */
export function checkData(image: string, frozen: boolean): number {
  execFileSync('e2fsck', [frozen ? '-fn' : '-fy', image], { stdio: 'pipe' });
  const folder = mkdtempSync(join(tmpdir(), 'pave-data-'));
  try {
    mkdirSync(join(folder, 'files'));
    execFileSync('debugfs', ['-R', `rdump / ${join(folder, 'files')}`, image], { stdio: 'pipe' });
    let highest = -1;
    for (const name of readdirSync(join(folder, 'files'))) {
      if (!/^f\d+\.sum$/.test(name)) continue;
      const [number, sum] = readFileSync(join(folder, 'files', name), 'utf8').split('\n');
      const content = readFileSync(join(folder, 'files', name.replace('.sum', '')));
      const md5 = createHash('md5').update(content).digest('hex');
      // The moment between the two renames: the file may be one round newer than its sum.
      if (md5 !== sum?.split(' ')[0]) {
        const next = join(folder, 'files', `${name}.new`);
        const newer = readFileSync(next, 'utf8').split('\n');
        if (md5 !== newer[1]?.split(' ')[0]) throw new Error(`${name}: the file is damaged`);
      }
      highest = Math.max(highest, Number(number));
    }
    return highest;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Names of a VM's block nodes and jobs: the same before and after. */
export async function blockGraph(box: Sandbox, vmid: number): Promise<string[]> {
  const nodes = (await qmp(box, vmid, 'query-named-block-nodes', { flat: true })) as {
    'node-name': string;
  }[];
  const jobs = (await qmp(box, vmid, 'query-jobs')) as { id: string }[];
  return [
    ...nodes.map((node) => node['node-name']).filter((name) => !name.startsWith('#')),
    ...jobs.map(({ id }) => `job ${id}`),
  ].sort();
}
