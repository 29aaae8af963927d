/**
 * Takes a line of words apart as a shell would: blanks separate, quotes group, a backslash outside
 * of single quotes makes the next character plain. A line with an open quote gives no words.
 * Source: PVE::Cmd::split_args (Perl's Text::ParseWords), what the `args` key of a guest means.
 */
export function splitWords(line: string): string[] {
  const text = line.replace(/^\s+/, '');
  const piece = /"([^\\"]*(?:\\.[^\\"]*)*)"|'([^\\']*(?:\\.[^\\']*)*)'|(\s+)|(\\.|[^\\"'\s])/sy;
  const words: string[] = [];
  let word: string | undefined;
  while (piece.lastIndex < text.length) {
    const match = piece.exec(text);
    if (!match) return [];
    const [, double, single, blank, plain] = match;
    if (blank !== undefined) {
      words.push(word ?? '');
      word = undefined;
    } else {
      word = (word ?? '') + (single ?? (double ?? plain ?? '').replace(/\\(.)/gs, '$1'));
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
