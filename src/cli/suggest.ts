/** What somebody may have meant who typed something that is not there. */

/** Names that begin with the word; else those that are a slip or two away, the nearest first. */
export function similar(word: string, names: Iterable<string>): string[] {
  const all = [...new Set(names)];
  const begun = all.filter((name) => name.startsWith(word)).sort();
  if (begun.length > 0) return begun;
  const limit = word.length <= 3 ? 1 : 2;
  return all
    .map((name) => ({ name, slips: slips(word, name) }))
    .filter((one) => one.slips <= limit)
    .sort((a, b) => a.slips - b.slips || (a.name < b.name ? -1 : 1))
    .map((one) => one.name)
    .slice(0, 3);
}

/** Letters to add, drop, change or swap with a neighbour to get from one word to the other. */
function slips(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** `hint: did you mean 'a' or 'b'?`, or '' where nothing is near. */
export function meantLine(names: readonly string[]): string {
  if (names.length === 0) return '';
  const quoted = names.map((name) => `'${name}'`);
  const last = quoted.pop()!;
  return `hint: did you mean ${quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`}?\n`;
}
