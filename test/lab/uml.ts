/**
 * A User-Mode Linux kernel over the host's own root, for what the machine's kernel lacks: VLANs, bonds,
 * VLAN aware bridges. It boots in about 3 s; everything the job changes is forgotten with it.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const INIT = resolve(import.meta.dirname, 'uml-init.sh');
export const CACHE = join(process.env.PAVE_CACHE ?? '/var/cache/pave', 'lab-packages');

/** `unpack <deb>…`: the links of a merged /usr stay links, which dpkg -x would replace. */
export const UNPACK =
  'unpack() { for deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x -C / --keep-directory-symlink; done; }\n';

export interface LabResult {
  /** Exit status of the job; undefined where it did not come to its end. */
  status: number | undefined;
  output: string;
}

/** Why there is no lab here; undefined where there is one. */
export function labMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  return existsSync('/usr/bin/linux.uml')
    ? undefined
    : 'the package user-mode-linux is not installed';
}

/** Runs a bash script in a kernel of its own. `$SHARE` is a folder both sides write to. */
export async function inLab(
  script: string,
  options: { memory?: string; seconds?: number } = {},
): Promise<LabResult> {
  const share = mkdtempSync(join(tmpdir(), 'pave-lab-'));
  const job = join(share, 'job.sh');
  writeFileSync(job, `SHARE=${share}\n${UNPACK}${script}\n`);
  const child = spawn(
    'linux.uml',
    [
      `mem=${options.memory ?? '512M'}`,
      'root=/dev/root',
      'rootfstype=hostfs',
      'rootflags=/',
      'ro',
      'quiet',
      'loglevel=3',
      `init=${INIT}`,
      'con=null',
      'con0=null,fd:1',
      `uml_dir=${share}/uml`,
      `job=${job}`,
      `share=${share}`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  let output = '';
  const take = (chunk: Buffer) => {
    output += chunk.toString('utf8');
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  // The kernel's processes are a group of their own.
  const late = setTimeout(
    () => process.kill(-child.pid!, 'SIGKILL'),
    (options.seconds ?? 90) * 1000,
  );
  await ended;
  clearTimeout(late);
  rmSync(share, { recursive: true, force: true });
  output = output.replaceAll('\r', '');
  const status = /LAB-STATUS=(\d+)/.exec(output)?.[1];
  const body = output.replace(/^[\s\S]*?LAB-READY\n/, '').replace(/\nLAB-STATUS=[\s\S]*$/, '\n');
  return { status: status === undefined ? undefined : Number(status), output: body };
}

/**
 * Debian packages as files, downloaded once: a job unpacks them into its root with `unpack`, without
 * the host ever having them. Throws where they cannot be had.
 */
export function labPackages(...names: string[]): string[] {
  mkdirSync(CACHE, { recursive: true });
  return names.map((name) => {
    const there = () => readdirSync(CACHE).find((file) => file.startsWith(`${name}_`));
    if (there() === undefined)
      execFileSync('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', name], {
        cwd: CACHE,
        stdio: 'pipe',
      });
    return join(CACHE, there()!);
  });
}

/**
 * A job's output by the line `== name` before it. Without the notice of a command that had to wait
 * for a guest's lock: whether it meets the clean-up of the command before depends on the machine.
 */
export function parts(output: string): Record<string, string> {
  return Object.fromEntries(
    output
      .replaceAll(/^trying to acquire lock\.\.\.\n OK\n/gm, '')
      .split(/^== /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]),
  );
}
