// What a guest's own writes take while it is backed up, seen from inside: a real guest overwrites
// random places of a disk full of data, past its page cache.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, truncateSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

const VMID = 105;
const MIB = 1 << 20;
/** What a slow target takes a second. */
const SLOW = 8 * MIB;
const WRITE = 4096;
const SECONDS = 15;
const FLEECING = ['--fleecing', 'enabled=1,storage=local'];

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** `bin(tool)`, `env` and `work` (PAVE_ROOT) are those of the bench; `mib`: size of the disk. */
export async function latency({ bin, env, work, project, mib }) {
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
  } catch {
    console.log('guest write latency: left out, there is no gcc (apt-get install gcc libc6-dev)');
    return;
  }
  const guest = await start({ bin, env, work, project, mib });
  try {
    await guest.measure('no backup');
    await guest.measure('backup, fast target', { args: [] });
    await guest.measure('backup, fast target, fleecing', { args: FLEECING });
    await guest.measure('backup, slow target', { args: [], rate: SLOW });
    await guest.measure('backup, slow target, fleecing', { args: FLEECING, rate: SLOW });
    await guest.measure('no backup, again');
    await increments({ bin, env });
  } finally {
    guest.end();
    await sleep(1000);
  }
}

async function start({ bin, env, work, project, mib }) {
  const path = (name) => join(work, name);
  execFileSync(join(project, 'scripts/guest-image.sh'), ['--force', path('guest.raw')], {
    stdio: 'pipe',
  });
  const source = join(project, 'scripts/lib/write-latency.c');
  execFileSync('gcc', ['-O2', '-static', '-o', path('program.raw'), source]);
  truncateSync(path('program.raw'), 2 * MIB);
  const random = ['if=/dev/urandom', `of=${path('data.raw')}`, 'bs=1M', `count=${mib}`];
  execFileSync('dd', [...random, 'status=none']);
  const qm = (...args) => execFileSync(bin('qm'), args, { env, stdio: 'pipe' });
  qm(
    ...['create', `${VMID}`, '--memory', '256', '--ostype', 'l26', '--kvm', '0'],
    ...['--scsihw', 'virtio-scsi-single', '--serial0', 'socket'],
    ...['--scsi0', 'local:0,import-from=/guest.raw,backup=0'],
    ...['--virtio1', 'local:0,import-from=/data.raw,iothread=1'],
    ...['--virtio2', 'local:0,import-from=/program.raw,backup=0'],
  );
  qm('start', `${VMID}`);
  const guest = new Guest(bin, env, work);
  try {
    await guest.boot();
  } catch (error) {
    guest.end();
    throw error;
  }
  return guest;
}

class Guest {
  constructor(bin, env, work) {
    Object.assign(this, { bin, env, work, text: '' });
    this.serial = connect(join(work, `run/qemu-server/${VMID}.serial0`));
    this.serial.on('data', (chunk) => {
      this.text += chunk;
    });
    this.serial.on('error', () => {});
  }

  async boot() {
    await this.shows(/Pave guest ready/);
    await sleep(1500);
    this.serial.write(
      `\ndd if=/dev/vdb of=/run/program bs=64k; chmod +x /run/program; /run/program /dev/vda ${WRITE}\n`,
    );
    await this.shows(/took \d+\r?\n/);
    // The first writes find nothing in any cache.
    await sleep(3000);
  }

  async shows(pattern) {
    for (let i = 0; !pattern.test(this.text); i++) {
      if (i === 1200) throw new Error(`the guest does not get on: ${this.text.slice(-500)}`);
      await sleep(200);
    }
  }

  /** With a backup until that is over, or for a while; a slow target is one that is read slowly. */
  async measure(name, backup) {
    const from = this.text.length;
    const job = backup && this.backup(backup);
    const end = Date.now() + (backup && backup.rate === undefined ? 120 : SECONDS) * 1000;
    while (Date.now() < end && !job?.ended) await sleep(20);
    this.tell(name, from);
    if (job === undefined) return;
    if (job.ended && job.code !== 0) throw new Error(`${name}: vzdump: ${job.said}`);
    if (!job.ended) job.child.kill('SIGTERM');
    while (!job.ended) await sleep(20);
    await sleep(1000);
  }

  backup({ args, rate }) {
    const words = [`${VMID}`, '--mode', 'snapshot', '--stdout', '1', '--compress', '0', ...args];
    const child = spawn(this.bin('vzdump'), words, {
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const job = { child, ended: false, code: 0, said: '' };
    const begin = Date.now();
    let got = 0;
    child.stderr.on('data', (chunk) => {
      job.said += chunk;
    });
    child.stdout.on('data', (chunk) => {
      got += chunk.length;
      const ahead = rate === undefined ? 0 : (got / rate) * 1000 - (Date.now() - begin);
      if (ahead < 1 || job.ended) return;
      child.stdout.pause();
      setTimeout(() => child.stdout.resume(), ahead);
    });
    child.once('exit', (code) => {
      job.ended = true;
      job.code = code;
      child.stdout.resume();
    });
    return job;
  }

  tell(name, from) {
    const lines = this.text.slice(from).matchAll(/took (\d+)\r?\n/g);
    const took = [...lines].map(([, us]) => us / 1000).sort((a, b) => a - b);
    const at = (part) => (took[Math.floor(took.length * part)] ?? Number.NaN).toFixed(1);
    console.log(
      `guest writes, ${name.padEnd(30)} p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${(took.at(-1) ?? Number.NaN).toFixed(1)} ms (${took.length} writes)`,
    );
  }

  end() {
    this.serial.destroy();
    const pid = Number(readFileSync(join(this.work, `run/qemu-server/${VMID}.pid`), 'utf8'));
    process.kill(pid, 'SIGKILL');
  }
}

/** The guest goes on writing: its second backup holds what it has written since the first. */
async function increments({ bin, env }) {
  for (const name of ['full, bitmaps begin', 'increment, by bitmaps']) {
    const begin = Date.now();
    const args = [`${VMID}`, '--fullbackup', '9', '--compress', '0'];
    const log = execFileSync(bin('vzdump'), args, { env, encoding: 'utf8' });
    const size = /archive file size: (\S+)/.exec(log)?.[1];
    console.log(
      `running guest, ${name.padEnd(29)} ${((Date.now() - begin) / 1000).toFixed(2)} s, ${size}`,
    );
  }
}
