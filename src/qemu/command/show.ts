/** A command line as a person reads or pastes it. */

/** In single quotes where the shell would see more than a word. */
export function shellWord(word: string): string {
  return /^[\w%+=:,./@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** `pretty`: an option with its value on a line of its own. */
export function showCommand(argv: readonly string[], options: { pretty?: boolean } = {}): string {
  const text = argv.map(shellWord).join(' ');
  return options.pretty ? text.replaceAll(' -', ' \\\n  -') : text;
}
