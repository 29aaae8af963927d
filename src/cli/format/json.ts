/**
 * JSON as the original's canonical printer writes it: keys sorted at every level, and for people
 * three blanks of indent and `"key" : value`. Source: JSON.pm with canonical and pretty.
 */

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function write(value: unknown, pretty: boolean, indent: string): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const inner = `${indent}   `;
  const [newline, close] = pretty ? [`\n${inner}`, `\n${indent}`] : ['', ''];
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    const items = value.map((item) => newline + write(item, pretty, inner));
    return `[${items.join(',')}${close}]`;
  }
  const object = value as Record<string, unknown>;
  const keys = Object.keys(object).filter((key) => object[key] !== undefined);
  if (keys.length === 0) return '{}';
  const colon = pretty ? ' : ' : ':';
  const pairs = keys
    .sort(compare)
    .map((key) => `${newline}${JSON.stringify(key)}${colon}${write(object[key], pretty, inner)}`);
  return `{${pairs.join(',')}${close}}`;
}

/** On one line, newline included. */
export function canonicalJson(data: unknown): string {
  return `${write(data, false, '')}\n`;
}

/** For people, newline included. */
export function prettyJson(data: unknown): string {
  return `${write(data, true, '')}\n`;
}
