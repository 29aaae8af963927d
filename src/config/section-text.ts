/**
 * Changing one section of a file like storage.cfg and leaving every other byte as it is.
 * Source of the format: SectionConfig.pm write_config.
 */

interface Span {
  id: string;
  /** Offsets in the text; `end` is behind the empty line that closes the section. */
  start: number;
  end: number;
}

/** A section as text: `keys` in the order they are to be written; '' is a key without a value. */
export function sectionText(
  type: string,
  id: string,
  keys: Iterable<readonly [key: string, value: string]>,
): string {
  let text = `${type}: ${id}\n`;
  for (const [key, value] of keys) text += value === '' ? `\t${key}\n` : `\t${key} ${value}\n`;
  return `${text}\n`;
}

/** Puts a section in the place of the one of that id, or at the end of the file. */
export function putSection(text: string, id: string, section: string): string {
  const span = spansOf(text).find((candidate) => candidate.id === id);
  if (span !== undefined) return text.slice(0, span.start) + section + text.slice(span.end);
  if (text === '') return section;
  return `${text.replace(/\n*$/, '\n\n')}${section}`;
}

/** Takes every section of that id away. */
export function dropSection(text: string, id: string): string {
  let rest = text;
  for (const span of spansOf(text).reverse())
    if (span.id === id) rest = rest.slice(0, span.start) + rest.slice(span.end);
  return rest;
}

function spansOf(text: string): Span[] {
  const spans: Span[] = [];
  let open: Span | undefined;
  let at = 0;
  for (const line of text.split('\n')) {
    const next = Math.min(at + line.length + 1, text.length);
    const header = open === undefined ? /^[^\s#]\S*:\s*(\S+)\s*$/.exec(line) : null;
    if (header !== null) {
      open = { id: header[1]!, start: at, end: next };
      spans.push(open);
    } else if (open !== undefined) {
      open.end = next;
      if (line === '') open = undefined;
    }
    at = next;
  }
  return spans;
}
