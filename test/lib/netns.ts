/** Network namespaces for tests: networks of their own, gone with the test. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

export interface Netns {
  name: string;
  /** Runs a program inside and gives its output; throws when it fails. */
  run(...argv: string[]): string;
  /** The same for `ip`, in words. */
  ip(words: string): string;
  dispose(): void;
}

export function netns(label: string): Netns {
  // A run that was killed has left its own; a pid may come again.
  const name = `pave-${label}-${process.pid}-${randomBytes(4).toString('hex')}`;
  execFileSync('ip', ['netns', 'add', name]);
  const run = (...argv: string[]) =>
    execFileSync('ip', ['netns', 'exec', name, ...argv], { encoding: 'utf8', stdio: 'pipe' });
  const space: Netns = {
    name,
    run,
    ip: (words) => run('ip', ...words.split(' ')),
    dispose() {
      const pids = execFileSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
      for (const pid of pids.split('\n').filter((line) => line !== ''))
        try {
          process.kill(Number(pid), 'SIGKILL');
        } catch {
          // It ended by itself.
        }
      execFileSync('ip', ['netns', 'delete', name]);
    },
  };
  space.ip('link set lo up');
  return space;
}

/** A cable between two of them. */
export function cable(a: Netns, nameA: string, b: Netns, nameB: string): void {
  a.ip(`link add ${nameA} type veth peer name ${nameB} netns ${b.name}`);
  a.ip(`link set ${nameA} up`);
  b.ip(`link set ${nameB} up`);
}
