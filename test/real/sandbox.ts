/**
 * A node of its own below a temporary folder, and the tools run against it as processes. Whatever a
 * test leaves running is ended, by pid, when the sandbox goes.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const project = resolve(import.meta.dirname, '../..');

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Sandbox {
  root: string;
  run(tool: string, ...args: string[]): Promise<Result>;
  qm(...args: string[]): Promise<Result>;
  /** Runs qm and throws with its words when it fails; gives stdout. */
  ok(...args: string[]): Promise<string>;
  /** Starts qm and does not wait. */
  start(...args: string[]): ChildProcess;
  startTool(tool: string, ...args: string[]): ChildProcess;
  /** A VM's config; undefined where there is none. */
  config(vmid: number): string | undefined;
  writeConfig(vmid: number, text: string): void;
  /** Images of all VMs below images/, also half-made ones. */
  images(): string[];
  /** Runtime files that a stopped VM must not leave: sockets, pid file. */
  leftovers(vmid: number): string[];
  pid(vmid: number): number | undefined;
  env: Record<string, string>;
  /** What runs for the sandbox: guests and their helpers, watchers, tools that a test began. */
  processes(): number[];
  /** Waits until nothing does. */
  idle(): Promise<void>;
  /** Words that put a program into the sandbox's network. */
  prefix: readonly string[];
  dispose(): void;
}

/** `bin`: a folder whose programs come first. */
export function sandbox(options: { netns?: string; bin?: string } = {}): Sandbox {
  const root = mkdtempSync(join(tmpdir(), 'pave-real-'));
  const env: Record<string, string> = {
    PATH: [options.bin, process.env.PATH].filter(Boolean).join(':'),
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    PAVE_ROOT: root,
    PAVE_NODE: 'n1',
  };
  const prefix = options.netns === undefined ? [] : ['ip', 'netns', 'exec', options.netns];
  const command = (tool: string, args: string[]): [string, string[]] => {
    const words = [...prefix, join(project, 'bin', tool), ...args];
    return [words[0]!, words.slice(1)];
  };
  const run = (tool: string, ...args: string[]): Promise<Result> =>
    new Promise((done) => {
      const [file, words] = command(tool, args);
      execFile(file, words, { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 128;
        done({ code, stdout, stderr });
      });
    });
  const conf = (vmid: number) => join(root, `etc/pve/nodes/n1/qemu-server/${vmid}.conf`);
  const runDir = join(root, 'run/qemu-server');
  const pid = (vmid: number): number | undefined => {
    const path = join(runDir, `${vmid}.pid`);
    const found = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
    // The number may be another process's by now.
    const ours = found > 1 && argvOf(found).some((word) => word.includes(`${root}/`));
    return ours ? found : undefined;
  };
  const box: Sandbox = {
    root,
    env,
    prefix,
    run,
    pid,
    qm: (...args) => run('qm', ...args),
    async ok(...args) {
      const result = await run('qm', ...args);
      if (result.code !== 0)
        throw new Error(
          `qm ${args.join(' ')}: exit ${result.code}\n${result.stderr}${result.stdout}`,
        );
      return result.stdout;
    },
    start(...args) {
      const [file, words] = command('qm', args);
      return spawn(file, words, { env, stdio: 'ignore' });
    },
    startTool(tool, ...args) {
      const [file, words] = command(tool, args);
      return spawn(file, words, { env, stdio: 'ignore' });
    },
    config: (vmid) => (existsSync(conf(vmid)) ? readFileSync(conf(vmid), 'utf8') : undefined),
    writeConfig(vmid, text) {
      mkdirSync(join(root, 'etc/pve/nodes/n1/qemu-server'), { recursive: true });
      writeFileSync(conf(vmid), text);
    },
    images() {
      const folder = join(root, 'var/lib/vz/images');
      if (!existsSync(folder)) return [];
      return readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.includes('/'))
        .sort();
    },
    leftovers(vmid) {
      const names = existsSync(runDir) ? readdirSync(runDir) : [];
      return names.filter((name) =>
        new RegExp(`^${vmid}\\.(pid|qmp|vnc|qga|serial\\d|cleanup)$`).test(name),
      );
    },
    processes: () => processesOf(root),
    async idle() {
      const others = () => processesOf(root).map((one) => argvOf(one).join(' '));
      await until(
        () => others().length === 0,
        120,
        () => `these to end:\n${others().join('\n')}`,
      );
    },
    dispose() {
      for (const name of existsSync(runDir) ? readdirSync(runDir) : []) {
        const match = /^(\d+)\.pid$/.exec(name);
        const running = match === null ? undefined : pid(Number(match[1]));
        if (running !== undefined) kill(running);
      }
      // The watchers wake up and clean up; they need their tools a moment longer.
      const end = performance.now() + 30_000;
      while (processesOf(root).length > 0 && performance.now() < end) pause(0.02);
      for (let left = processesOf(root); left.length > 0; left = processesOf(root)) {
        for (const one of left) kill(one);
        pause(0.02);
      }
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return box;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** For what must not be asynchronous. */
function pause(seconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
}

/** A zombie is not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function argvOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

/** Processes that work below that folder; one that has ended, reaped or not, is none. */
function processesOf(root: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      if (argvOf(pid).some((word) => word.includes(`${root}/`))) return true;
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1')
          .split('\0')
          .includes(`PAVE_ROOT=${root}`);
      } catch {
        return false;
      }
    });
}

/** The bootable guest, put below a sandbox's root; gives its path as the tools know it. */
export function guestImage(box: Sandbox, flavour: 'cloud' | 'full' = 'cloud'): string {
  const path = '/guest.raw';
  const script = join(project, 'scripts/guest-image.sh');
  execFileSync(script, ['--flavour', flavour, '--force', join(box.root, path)], {
    stdio: 'pipe',
  });
  return path;
}

/** Usual options of a guest that boots everywhere. */
export function guestOptions(image: string): string[] {
  return [
    '--memory',
    '256',
    '--ostype',
    'l26',
    '--scsihw',
    'virtio-scsi-pci',
    '--scsi0',
    `local:0,import-from=${image}`,
    '--serial0',
    'socket',
    '--kvm',
    '0',
  ];
}

/** What a guest writes on its serial console. */
export class Serial {
  text = '';
  private socket: Socket;
  private closed = false;

  constructor(box: Sandbox, vmid: number) {
    this.socket = this.connect(join(box.root, `run/qemu-server/${vmid}.serial0`));
  }

  /** QEMU writes its pid file before it listens: it is asked again until it does. */
  private connect(path: string): Socket {
    const socket = connect(path);
    socket.on('data', (chunk) => {
      this.text += chunk.toString('utf8');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.closed || !['ENOENT', 'ECONNREFUSED'].includes(error.code ?? '')) return;
      setTimeout(() => {
        if (!this.closed) this.socket = this.connect(path);
      }, 50).unref();
    });
    return socket;
  }

  async waitFor(pattern: RegExp, seconds = 240): Promise<void> {
    await until(
      () => pattern.test(this.text),
      seconds,
      () => `the console to show ${pattern}; it showed:\n${this.text.slice(-1500)}`,
    );
  }

  /**
   * The guest's banner, with `more` after it. A guest that was there before we listened is asked for
   * it: a port that nobody listens to forgets what was written.
   */
  async ready(more = /(?:)/): Promise<void> {
    const pattern = new RegExp(`Pave guest ready[\\s\\S]*${more.source}`);
    const end = performance.now() + 300_000;
    let seen = '';
    for (let since = performance.now(); !pattern.test(this.text); ) {
      if (performance.now() > end)
        throw new Error(`waited for the guest; it showed:\n${this.text.slice(-1500)}`);
      if (this.text !== seen) since = performance.now();
      seen = this.text;
      if (performance.now() - since > 15_000) {
        this.type('\ncat /run/banner');
        since = performance.now();
      }
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  type(line: string): void {
    this.socket.write(`${line}\n`);
  }

  /** The guest's shell answers: it has booted, whenever that was. */
  async shell(seconds = 240): Promise<void> {
    const end = performance.now() + seconds * 1000;
    while (!/SHELL-IS-THERE/.test(this.text)) {
      if (performance.now() > end)
        throw new Error(`waited ${seconds} s for a shell; it showed:\n${this.text.slice(-1500)}`);
      // Its kernel must not speak in the middle of what its programs say.
      this.type("echo 1 >/proc/sys/kernel/printk; echo SHELL''-IS-THERE");
      await new Promise((done) => setTimeout(done, 500));
    }
  }

  close(): void {
    this.closed = true;
    this.socket.destroy();
  }
}

export async function until(
  condition: () => boolean,
  seconds: number,
  what: string | (() => string),
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!condition()) {
    if (performance.now() > end)
      throw new Error(`waited ${seconds} s for ${typeof what === 'string' ? what : what()}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

export async function untilAsync(
  condition: () => Promise<boolean>,
  seconds: number,
  what: string,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** The guest's own record of its boots, read from its disk: `PAVE-GUEST boots=2 state=down …`. */
export function bootRecord(path: string): { boots: number; state: string } {
  const sector = readFileSync(path)
    .subarray(64 * 512, 65 * 512)
    .toString('latin1');
  const match = /boots=(\d+) state=(\w+)/.exec(sector);
  if (match === null) throw new Error(`no boot record in ${path}`);
  return { boots: Number(match[1]), state: match[2]! };
}
