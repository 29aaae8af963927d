/**
 * A word as a POSIX shell reads it back, in the form `qm showcmd` prints.
 * Source of the rule: Perl's String::ShellQuote, one word at a time, so `a=b` is always quoted.
 */
export function shellQuote(word: string): string {
  const text = word.replaceAll('\0', '');
  if (text === '') return "''";
  if (!/[^\w!%+,\-./:@^]/.test(text)) return text;
  const inner = text
    .replaceAll("'", "'\\''")
    .replace(/(?:'\\''){2,}/g, (run) => `'"${"'".repeat(run.length / 4)}"'`);
  return `'${inner}'`.replace(/^''/, '').replace(/''$/, '');
}

/** A whole command line. */
export function shellQuoteAll(argv: readonly string[]): string {
  return argv.map(shellQuote).join(' ');
}

/** Replaces every secret by `********`; longer ones first, so that one inside another leaves no rest. */
export function redact(text: string, secrets: readonly string[] | undefined): string {
  if (!secrets || secrets.length === 0) return text;
  let out = text;
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    if (secret !== '') out = out.replaceAll(secret, '********');
  }
  return out;
}

/** A command as it may be shown: secrets hidden, then quoted. */
export function showCommand(argv: readonly string[], secrets?: readonly string[]): string {
  return argv.map((word) => quoteShown(redact(word, secrets))).join(' ');
}

/** `********` is ours, not a glob of the caller's: it is shown bare. */
function quoteShown(word: string): string {
  return word === '********' ? word : shellQuote(word);
}
