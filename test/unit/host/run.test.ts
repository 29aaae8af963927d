import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommandError, MissingProgramError } from '../../../src/host/command-errors.js';
import { InterruptedError } from '../../../src/host/errors.js';
import { createHost } from '../../../src/host/local.js';
import { tempFolder } from './other-process.js';

const host = createHost();
const alive = (pid: number) => host.processes.alive(pid);
/** The test's own time-out ends what never comes. */
const until = async (test: () => boolean) => {
  while (!test()) await host.clock.sleep(50);
  return true;
};

describe('run', () => {
  it('gives output, exit code and the lines as they come', async () => {
    const lines: string[] = [];
    const result = await host.run(['sh', '-c', 'printf "a\\nb\\rc"; echo err >&2; exit 3'], {
      effect: 'read',
      allowExit: [3],
      onStdout: (line) => lines.push(line),
      onStderr: (line) => lines.push(`E${line}`),
    });
    expect(result).toEqual({ code: 3, stdout: 'a\nb\rc', stderr: 'err\n' });
    expect(lines.sort()).toEqual(['Eerr', 'a', 'b', 'c']);
  });

  it('hands input over, sets LC_ALL=C and cwd', async () => {
    const result = await host.run(['sh', '-c', 'cat; echo "$LC_ALL $EXTRA"; pwd'], {
      effect: 'read',
      input: 'in\n',
      env: { EXTRA: 'x' },
      cwd: '/usr',
    });
    expect(result.stdout).toBe('in\nC x\n/usr\n');
  });

  it('names command, code and the last of stderr when it fails, and hides secrets', async () => {
    const failing = host.run(['sh', '-c', 'echo "bad hunter2" >&2; exit 7', 'hunter2'], {
      effect: 'read',
      redact: ['hunter2'],
    });
    const error = await failing.then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(CommandError);
    expect(error.code).toBe(7);
    expect(error.stderr).toEqual(['bad ********']);
    expect(error.message).toMatch(/^command 'sh -c .*' failed: exit code 7: bad \*{8}$/);
    expect(JSON.stringify([error.message, error.argv])).not.toContain('hunter2');
  });

  it('says which program is missing and how to get it', async () => {
    const lonely = createHost({ env: { PATH: '/nowhere' } });
    expect(lonely.which('sh')).toBe('/usr/bin/sh');
    const error = await host.run(['ifreload', '-a'], { effect: 'read' }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(MissingProgramError);
    expect(error.message).toBe("program 'ifreload' is not installed");
    expect(error.hint).toBe('apt install ifupdown2');
  });

  it('ends the whole group, grandchildren too, when the time is over', async () => {
    const folder = tempFolder();
    const pidFile = join(folder, 'pid');
    // As long as this machine takes to get so far.
    for (let timeoutMs = 400; !existsSync(pidFile); timeoutMs *= 2) {
      const argv = [
        'sh',
        '-c',
        `sleep 600 & echo $! > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; wait`,
      ];
      const error = await host.run(argv, { effect: 'read', timeoutMs }).catch((thrown) => thrown);
      expect(error.timedOut).toBe(true);
      expect(error.message).toContain(`got timeout after ${timeoutMs / 1000} s`);
    }
    const grandchild = Number(readFileSync(pidFile, 'utf8'));
    expect(await until(() => !alive(grandchild))).toBe(true);
  });

  it('ends what ignores SIGTERM', async () => {
    await expect(
      host.run(['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'], {
        effect: 'read',
        timeoutMs: 200,
      }),
    ).rejects.toThrow(/got timeout/);
  });

  it('is interrupted by its own signal and by the host signal; later calls run', async () => {
    const own = new AbortController();
    const first = host.run(['sleep', '60'], { effect: 'read', signal: own.signal });
    setTimeout(() => own.abort(), 200);
    await expect(first).rejects.toBeInstanceOf(InterruptedError);

    const all = new AbortController();
    const interrupted = createHost({ signal: all.signal });
    const second = interrupted.run(['sleep', '60'], { effect: 'read' });
    const waiting = interrupted.clock.sleep(60_000);
    setTimeout(() => all.abort(), 200);
    await Promise.all([
      expect(second).rejects.toThrow('received interrupt'),
      expect(waiting).rejects.toThrow('received interrupt'),
    ]);
    const after = await interrupted.run(['echo', 'undone'], { effect: 'change' });
    expect(after.stdout).toBe('undone\n');
  });

  it('hands descriptors to the child as 3, 4, …', async () => {
    const file = join(tempFolder(), 'data');
    writeFileSync(file, 'through fd 3');
    const opened = host.open(file, 'r');
    const result = await host.run(['sh', '-c', 'cat <&3; cat'], {
      effect: 'read',
      fds: [opened.fd],
      input: '+in',
    });
    opened.close();
    expect(result.stdout).toBe('through fd 3+in');
  });

  it('shows commands with -v, quoted and without secrets', async () => {
    const lines: string[] = [];
    const loud = createHost({ verbose: (line) => lines.push(line) });
    await loud.run(['echo', 'a b', 'key=s3cret'], { effect: 'read', redact: ['s3cret'] });
    expect(lines).toEqual(["# echo 'a b' 'key=********'"]);
  });
});

describe('pipe', () => {
  it('joins stages from file to file', async () => {
    const folder = tempFolder();
    const from = join(folder, 'from');
    const to = join(folder, 'to');
    writeFileSync(from, 'b\na\nc\n'.repeat(100_000));
    await host.pipe([{ argv: ['sort'] }, { argv: ['uniq', '-c'] }], {
      effect: 'change',
      inputFile: from,
      outputFile: to,
    });
    expect(readFileSync(to, 'utf8').trim().split(/\s+/)).toEqual(
      '100000 a 100000 b 100000 c'.split(' '),
    );
  });

  it('moves 256 MiB without us reading them', async () => {
    const to = join(tempFolder(), 'size');
    const before = process.memoryUsage().rss;
    await host.pipe([{ argv: ['head', '-c', '256M', '/dev/zero'] }, { argv: ['wc', '-c'] }], {
      effect: 'read',
      outputFile: to,
    });
    expect(readFileSync(to, 'utf8').trim()).toBe(String(256 << 20));
    expect(process.memoryUsage().rss - before).toBeLessThan(64 << 20);
  });

  it('names the stage that failed by its own doing, first or last', async () => {
    await expect(
      host.pipe([{ argv: ['sh', '-c', 'echo no disk >&2; exit 4'] }, { argv: ['cat'] }], {
        effect: 'read',
      }),
    ).rejects.toThrow(/command 'sh .*exit code 4: no disk/);
    await expect(
      host.pipe([{ argv: ['yes'] }, { argv: ['sh', '-c', 'read x; echo full >&2; exit 5'] }], {
        effect: 'read',
      }),
    ).rejects.toThrow(/exit code 5: full/);
  });

  it('does not hang when one stage fails and another would wait for ever', async () => {
    await expect(
      host.pipe([{ argv: ['sleep', '60'] }, { argv: ['sh', '-c', 'exit 6'] }], { effect: 'read' }),
    ).rejects.toThrow(/exit code 6/);
  });
});

describe('spawn', () => {
  it('starts, writes to files, tells the exit code', async () => {
    const out = join(tempFolder(), 'out');
    const child = await host.spawn(['sh', '-c', 'echo hello; exit 9'], {
      effect: 'change',
      stdoutFile: out,
    });
    expect(await child.exited).toBe(9);
    expect(readFileSync(out, 'utf8')).toBe('hello\n');
  });
});

describe('processes', () => {
  it('knows itself', () => {
    expect(host.processes.alive(process.pid)).toBe(true);
    expect(host.processes.startTicks(process.pid)).toBeGreaterThan(0);
    expect(host.processes.cmdline(process.pid)?.[0]).toContain('node');
    expect(host.processes.alive(2 ** 22 - 1)).toBe(false);
    expect(host.processes.startTicks(2 ** 22 - 1)).toBeUndefined();
  });
});
