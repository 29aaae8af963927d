/**
 * A User-Mode Linux kernel over the host's own root, for what the machine's kernel lacks: VLANs, bonds,
 * VLAN aware bridges. It boots in about 3 s; everything the job changes is forgotten with it.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';

const INIT = resolve(import.meta.dirname, 'uml-init.sh');
export const CACHE = join(process.env.PAVE_CACHE ?? '/var/cache/pave', 'lab-debs');

/** `unpack <deb>…`: the links of a merged /usr stay links, which dpkg -x would replace. */
export const UNPACK =
  'unpack() { for deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x -C / --keep-directory-symlink; done; }\n';

/** Ends what hangs; says nothing of speed. */
export const LAB_SECONDS = 1500;
/** Of a test that runs one job. */
export const LAB_TIMEOUT = { timeout: (LAB_SECONDS + 60) * 1000 };

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
      // What the kernel has to say does not get between the lines of the job.
      'ssl0=null,fd:3',
      `uml_dir=${share}/uml`,
      `job=${job}`,
      `share=${share}`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], detached: true },
  );
  const [, stdout, stderr, said] = child.stdio as readonly (Readable | null)[];
  const texts = [said!, stdout!, stderr!].map(collect);
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  // The kernel's processes are a group of their own.
  const late = setTimeout(
    () => process.kill(-child.pid!, 'SIGKILL'),
    (options.seconds ?? LAB_SECONDS) * 1000,
  );
  await ended;
  clearTimeout(late);
  rmSync(share, { recursive: true, force: true, maxRetries: 5 });
  const [output, ...console] = texts.map((text) => text().replaceAll('\r', ''));
  const [, body, status] = /^([\s\S]*)\nLAB-STATUS=(\d+)\n/.exec(output!) ?? [];
  return status === undefined
    ? { status: undefined, output: [output, ...console].join('\n--- console:\n') }
    : { status: Number(status), output: body! };
}

/** Everything a stream brings, as text. */
function collect(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

/** One at a time, and whole packages only: several test files may come here at once, or be killed. */
const FETCH = `
cd "$1" && shift && rm -rf .part-*
fetch() { apt-get -qq -o APT::Sandbox::User=root -o Acquire::Retries=3 download "$1"; }
for name; do
  ls "$name"_*.deb >/dev/null 2>&1 && continue
  part=$(mktemp -d .part-XXXXXX)
  # The lists may be missing, or of a version that is gone.
  (cd "$part" && { fetch "$name" || { apt-get -qq update; fetch "$name"; } }) || exit 1
  mv "$part"/*.deb . && rmdir "$part"
done
`;

/**
 * Debian packages as files, downloaded once: a job unpacks them into its root with `unpack`, without
 * the host ever having them. Throws where they cannot be had.
 */
export function labPackages(...names: string[]): string[] {
  mkdirSync(CACHE, { recursive: true });
  const find = () => {
    const files = readdirSync(CACHE).filter((file) => file.endsWith('.deb'));
    return names.map((name) => files.find((file) => file.startsWith(`${name}_`)));
  };
  if (find().includes(undefined))
    execFileSync('flock', [join(CACHE, 'lock'), 'sh', '-c', FETCH, 'sh', CACHE, ...names], {
      stdio: 'pipe',
    });
  return find().map((file) => join(CACHE, file!));
}

/** Why they cannot be had; undefined where they can. */
export function packagesMissing(...names: string[]): string | undefined {
  try {
    labPackages(...names);
    return undefined;
  } catch (error) {
    const said = String((error as { stderr?: Buffer }).stderr ?? error).trim();
    return `no packages ${names.join(', ')}: ${said}`;
  }
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
