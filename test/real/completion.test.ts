/**
 * The generated completions in the shells themselves: keys typed into an interactive bash and zsh on
 * a terminal of their own, fish asked for its candidates. A `node` that only fails stands first in
 * PATH: candidates must come from files.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const project = resolve(import.meta.dirname, '../..');
let root: string;
let env: Record<string, string>;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'pave-completion-'));
  const write = (path: string, text: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const id of [100, 101, 2000]) {
    write(
      `etc/pve/nodes/n1/qemu-server/${id}.conf`,
      `name: x\nscsi0: thin:vm-${id}-disk-0,size=2G\n\n[before-upgrade]\nname: x\n`,
    );
  }
  write('run/qemu-server/101.pid', '1\n');
  write('var/lib/vz/template/iso/$(touch oops).iso', '');
  write('var/lib/vz/template/iso/debian.iso', '');
  write('var/lib/vz/images/100/vm-100-disk-1.qcow2', '');
  write(
    'etc/pve/storage.cfg',
    'dir: local\n\tpath /var/lib/vz\n\tcontent iso,images\n\nlvmthin: thin\n\tvgname vg\n\tthinpool data\n\ndir: off\n\tpath /mnt/off\n\tdisable\n',
  );
  write('bin/node', '#!/bin/sh\necho started >>"$PAVE_ROOT/node-was-started"\nexit 1\n');
  execFileSync('chmod', ['+x', join(root, 'bin/node')]);
  env = {
    PATH: `${join(root, 'bin')}:${join(project, 'bin')}:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: root,
    TERM: 'dumb',
    LC_ALL: 'C.UTF-8',
    PAVE_ROOT: root,
  };
});

afterAll(() => {
  const started = existsSync(join(root, 'node-was-started'));
  const evaluated = existsSync(join(root, 'oops'));
  rmSync(root, { recursive: true, force: true });
  expect({ started, evaluated }).toEqual({ started: false, evaluated: false });
});

const installed = (shell: string) => {
  try {
    execFileSync('which', [shell, 'script'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

const SHELLS = {
  bash: {
    command: 'bash --norc --noprofile -i',
    setup: [
      "bind 'set bell-style none'; bind 'set show-all-if-ambiguous on'",
      "bind 'set completion-query-items 0'; bind 'set page-completions off'",
      `for f in ${project}/completions/bash/*; do . $f; done`,
    ],
  },
  zsh: {
    command: 'zsh -f -i',
    setup: [
      'stty cols 200; setopt no_beep auto_list no_list_ambiguous no_always_last_prompt; LISTMAX=1000',
      `fpath=(${project}/completions/zsh $fpath); autoload -Uz compinit; compinit -D -u`,
    ],
  },
};

/** What the terminal shows after these keys and a Tab, or with what is wrong there after two minutes. */
async function typed(
  shell: keyof typeof SHELLS,
  keys: string,
  complete: (screen: string) => boolean,
): Promise<string> {
  const { command, setup } = SHELLS[shell];
  const child = spawn('script', ['-qec', command, '/dev/null'], { env, cwd: root });
  const ended = new Promise((done) => child.on('close', done));
  const limit = setTimeout(() => child.kill('SIGKILL'), 240_000);
  let seen = '';
  let last = Date.now();
  child.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.toString('utf8');
    last = Date.now();
  });
  /** Until the shell has said what it had to say. */
  const quiet = async (condition: () => boolean, ms: number) => {
    while (child.exitCode === null && (!condition() || Date.now() - last < ms))
      await new Promise((done) => setTimeout(done, 20));
  };
  // Split by quotes, the word appears only in what echo prints.
  child.stdin.write(`${setup.join('\n')}\necho ready''-for-keys\n`);
  await quiet(() => seen.includes('ready-for-keys'), 300);
  const before = seen.length;
  child.stdin.write(`${keys}\t`);
  const shown = () => seen.slice(before).replace(/\r/g, '');
  const end = Date.now() + 120_000;
  await quiet(() => complete(shown()) || Date.now() > end, 200);
  const screen = shown();
  child.stdin.end('\x03\nexit\n');
  await ended;
  clearTimeout(limit);
  return screen;
}

/** Keys, what must be offered or filled in, what must not. */
const CASES: [keys: string, wanted: string[], unwanted: string[]][] = [
  ['qm sta', ['start', 'status'], ['stop', 'suspend']],
  ['qm start ', ['100', '2000'], ['101']],
  ['qm stop ', ['101'], ['100', '2000']],
  ['qm start --skiplock ', ['100', '2000'], []],
  ['qm start --timeout 5 2', ['2000'], []],
  ['qm create 100 --memo', ['--memory'], []],
  ['qm set 100 --ostype l', ['l24', 'l26'], ['win11']],
  ['qm set 100 --ostype=w2k', ['w2k3', 'w2k8'], ['l26']],
  ['qm set 100 --ide2 local:iso/d', ['debian.iso'], []],
  ['qm set 100 --delete name,sc', ['scsi0'], []],
  ['qm config 100 --snapshot ', ['before-upgrade'], []],
  ['qm disk ', ['rescan'], []],
  ['pvesm free ', ['thin:vm-100-disk-0', 'local:100/vm-100-disk-1.qcow2'], ['off:']],
  ['pvesm alloc ', ['local', 'thin'], ['off']],
  ['pvesm status --storage o', ['off'], []],
  ['pvenode task ', ['list', 'log', 'status'], []],
  ['vzdump 20', ['2000'], []],
  ['vzdump 100 --mode s', ['snapshot', 'stop', 'suspend'], []],
];

/** As a whole word, or as the end of what was typed where the match was filled in. */
function shows(screen: string, text: string): boolean {
  const escaped = text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
  return new RegExp(`${escaped}(?![\\w-])`).test(screen);
}

for (const shell of ['bash', 'zsh'] as const) {
  describe.concurrent(`completion in ${shell}`, () => {
    for (const [keys, wanted, unwanted] of CASES) {
      it(`${keys}<Tab>`, { timeout: 300_000 }, async (test) => {
        if (!installed(shell)) test.skip(`${shell} or script is not installed`);
        // Bash lists only what follows the last colon.
        const tails = wanted.map((text) =>
          shell === 'bash' && keys.includes(':') ? text.slice(text.indexOf('/') + 1) : text,
        );
        const screen = await typed(shell, keys, (now) => tails.every((text) => shows(now, text)));
        expect(tails.filter((text) => !shows(screen, text))).toEqual([]);
        const offered = screen.replaceAll(keys.trim(), '').split(/\s+/);
        for (const text of unwanted) expect(offered).not.toContain(text);
      });
    }
  });
}

describe('completion in fish', () => {
  for (const [keys, wanted, unwanted] of CASES) {
    it(`${keys}<Tab>`, (test) => {
      if (!installed('fish')) test.skip('fish is not installed');
      const script = `set fish_complete_path ${project}/completions/fish; complete -C ${JSON.stringify(keys)}`;
      const out = execFileSync('fish', ['--no-config', '-c', script], {
        env,
        cwd: root,
        encoding: 'utf8',
      });
      const offered = out.split('\n').map((line) => line.split('\t')[0]);
      for (const text of wanted)
        expect(
          offered.some((one) => one!.endsWith(text)),
          `${text} in ${out}`,
        ).toBe(true);
      for (const text of unwanted) expect(offered).not.toContain(text);
    });
  }
});
