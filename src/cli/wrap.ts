/**
 * Text in lines of at most 75 columns, as Perl's Text::Wrap sets it with its defaults: broken at
 * blanks, words longer than a line cut, eight columns that end in blanks end in a tab.
 */

const COLUMNS = 76;
const TAB = 8;

function expandTabs(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const [first = '', ...rest] = line.split('\t');
      return rest.reduce((sum, part) => sum + ' '.repeat(TAB - (sum.length % TAB)) + part, first);
    })
    .join('\n');
}

/** Eight columns that end in two blanks or more end in a tab instead. */
function unexpandTabs(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const characters = [...expandTabs(line)];
      const parts: string[] = [];
      while (characters.length >= TAB) parts.push(characters.splice(0, TAB).join(''));
      const last = characters.join('');
      return parts.map((part) => part.replace(/ {2,}$/, '\t')).join('') + last;
    })
    .join('\n');
}

/** Sets text with one indent for the first line and one for the others. */
export function wrap(firstIndent: string, nextIndent: string, text: string): string {
  const source = expandTabs(text);
  const widthAfter = (indent: string): number =>
    Math.max(COLUMNS - [...expandTabs(indent)].length - 1, 1);
  let result = '';
  let lead = firstIndent;
  let width = widthAfter(firstIndent);
  let separator = '';
  let remainder = '';
  let at = 0;
  while (!/^\s*$/.test(source.slice(at))) {
    const rest = source.slice(at);
    const fitting = new RegExp(`^([^\\n]{0,${width}})(\\s|\\n+|$)`, 'u').exec(rest);
    const cut = fitting ?? new RegExp(`^([^\\n]{${width}})`, 'u').exec(rest);
    if (!cut) break;
    result += unexpandTabs(separator + lead + cut[1]);
    remainder = fitting ? (fitting[2] ?? '') : '\n';
    at += cut[0].length;
    lead = nextIndent;
    width = widthAfter(nextIndent);
    separator = '\n';
  }
  return result + remainder;
}
