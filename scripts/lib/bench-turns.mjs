// Two ways to do the same, in turns on the same machine: what they take, as ratios.
import { spawnSync } from 'node:child_process';

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Runs it in bash with pipefail; gives seconds, seconds of CPU, and the largest process's peak memory in MiB. */
export function run(env, script) {
  const begin = process.hrtime.bigint();
  const result = spawnSync(
    '/usr/bin/time',
    ['-f', '%M %U %S', 'bash', '-c', `set -eo pipefail; ${script}`],
    { env, encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  if (result.status !== 0) throw new Error(`${script}: ${result.stderr}`);
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  const [kib, user, sys] = result.stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { seconds, cpu: user + sys, mib: kib / 1024 };
}

/** `budget`: the least ratio of throughput. `before` runs ahead of each turn, and is not measured. */
export function compare(env, name, { ours, plain, budget, before, rounds }) {
  const own = [];
  const base = [];
  for (let i = 0; i < rounds; i++) {
    for (const [script, list] of [
      [plain, base],
      [ours, own],
    ]) {
      if (before !== undefined) run(env, before);
      list.push(run(env, script));
    }
  }
  const of = (list, what) => median(list.map((one) => one[what]));
  const ratio = of(base, 'seconds') / of(own, 'seconds');
  const worst = Math.min(...own.map(({ seconds }, i) => base[i].seconds / seconds));
  const verdict = budget === undefined ? '' : ratio >= budget ? '' : `  UNDER ${budget}x`;
  const time = (list) => `${of(list, 'seconds').toFixed(2)} s, CPU ${of(list, 'cpu').toFixed(2)} s`;
  const peak = Math.max(...own.map(({ mib }) => mib));
  console.log(
    `${name.padEnd(34)} ${ratio.toFixed(2)}x, least ${worst.toFixed(2)}x (${time(own)}; plain ${time(base)})  peak ${peak.toFixed(0)} MiB${verdict}`,
  );
  return { ours: of(own, 'seconds'), plain: of(base, 'seconds') };
}
