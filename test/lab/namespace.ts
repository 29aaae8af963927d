/**
 * A machine of its own in namespaces of this one: its processes, network and mounts, over the host's root
 * with everything that is changed forgotten. For what User-Mode Linux lacks (NAT by nft) and this kernel has.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CACHE, LAB_SECONDS, type LabResult, UNPACK } from './uml.js';

const PROJECT = resolve(import.meta.dirname, '../..');

/** First process: arguments are the job and folders that are mounts of their own on some machines. */
const INIT = `
job=$1; shift
mount -t tmpfs tmp /mnt || exit 125
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay over -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root || exit 125
cd /mnt/root
mount -t proc proc proc
mount -t sysfs sys sys
mount --rbind /dev dev
mount -t tmpfs run run
mkdir -p run/lock run/network
for folder; do mkdir -p "./$folder"; mount --rbind "$folder" "./$folder"; done
ip link set lo up
exec chroot . /bin/bash "$job" </dev/null 2>&1
`;

/** Runs a bash script in it; everything it starts ends with it. */
export async function inNamespace(script: string, seconds = LAB_SECONDS): Promise<LabResult> {
  const share = mkdtempSync(join(tmpdir(), 'pave-space-'));
  const job = join(share, 'job.sh');
  writeFileSync(job, `${UNPACK}${script}\n`);
  const apart = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
  const init = ['/bin/bash', '-c', INIT, 'init', job, PROJECT, CACHE, share];
  const env = { PATH: process.env.PATH, HOME: '/root', LC_ALL: 'C.UTF-8' };
  const child = spawn('unshare', [...apart, ...init], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  const late = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  const status = await new Promise<number | null>((done) => child.once('close', done));
  clearTimeout(late);
  rmSync(share, { recursive: true, force: true, maxRetries: 5 });
  return { status: status ?? undefined, output };
}
