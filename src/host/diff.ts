/** Lines around a change that are shown with it. */
const CONTEXT = 3;
/** Above this many line pairs the middle is shown as replaced whole. */
const MAX_PAIRS = 4_000_000;

interface Line {
  sign: ' ' | '-' | '+';
  text: string;
}

/**
 * A unified diff as `diff -u` writes it, without time stamps; '' where both are equal.
 * `undefined` on a side means that there is no such file.
 */
export function unifiedDiff(
  path: string,
  before: string | undefined,
  after: string | undefined,
): string {
  if (before === after) return '';
  const old = linesOf(before ?? '');
  const now = linesOf(after ?? '');
  const script = editScript(old, now);
  const head = `--- ${before === undefined ? '/dev/null' : path}\n+++ ${after === undefined ? '/dev/null' : path}`;
  return [head, ...hunks(script)].join('\n');
}

/** Lines with what tells a missing last newline apart. */
function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  const last = lines.pop()!;
  if (last !== '') lines.push(`${last}\n\\ No newline at end of file`);
  return lines;
}

function editScript(old: readonly string[], now: readonly string[]): Line[] {
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < now.length - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  ) {
    tail++;
  }
  const same = (text: string): Line => ({ sign: ' ', text });
  return [
    ...old.slice(0, head).map(same),
    ...middle(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...old.slice(old.length - tail).map(same),
  ];
}

/** Longest common subsequence by a table, read back from its end. */
function middle(old: readonly string[], now: readonly string[]): Line[] {
  const removed = old.map((text): Line => ({ sign: '-', text }));
  const added = now.map((text): Line => ({ sign: '+', text }));
  if (old.length === 0 || now.length === 0 || old.length * now.length > MAX_PAIRS) {
    return [...removed, ...added];
  }
  const width = now.length + 1;
  const table = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      table[i * width + j] =
        old[i] === now[j]
          ? table[(i + 1) * width + j + 1]! + 1
          : Math.max(table[(i + 1) * width + j]!, table[i * width + j + 1]!);
    }
  }
  const script: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      script.push({ sign: ' ', text: old[i]! });
      i++;
      j++;
    } else if (
      i < old.length &&
      (j === now.length || table[(i + 1) * width + j]! >= table[i * width + j + 1]!)
    ) {
      script.push(removed[i++]!);
    } else script.push(added[j++]!);
  }
  return script;
}

function hunks(script: readonly Line[]): string[] {
  const changed = script.flatMap((line, index) => (line.sign === ' ' ? [] : [index]));
  const out: string[] = [];
  let next = 0;
  while (next < changed.length) {
    const first = changed[next]!;
    let last = first;
    while (next < changed.length && changed[next]! - last <= 2 * CONTEXT) last = changed[next++]!;
    const from = Math.max(0, first - CONTEXT);
    const part = script.slice(from, last + CONTEXT + 1);
    const before = script.slice(0, from);
    out.push(
      `@@ -${range(before, part, '+')} +${range(before, part, '-')} @@`,
      ...part.map((line) => line.sign + line.text),
    );
  }
  return out;
}

/** `start,count` on the side that lacks the lines marked `other`; an empty side starts one earlier. */
function range(before: readonly Line[], part: readonly Line[], other: '+' | '-'): string {
  const count = part.filter((line) => line.sign !== other).length;
  const skipped = before.filter((line) => line.sign !== other).length;
  const start = count === 0 ? skipped : skipped + 1;
  return count === 1 ? `${start}` : `${start},${count}`;
}
