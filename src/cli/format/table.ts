/** Tables as the original draws them. Source: PVE::CLIFormatter::print_text_table. */
import type { PropSchema } from '../../schema/types.js';
import type { Terminal } from './terminal.js';
import { valueText } from './value.js';

export type Row = Readonly<Record<string, unknown>>;

export interface TableOptions {
  noborder?: boolean;
  noheader?: boolean;
  humanReadable?: boolean;
  /** Column to sort by: the first where not given; false leaves the order. */
  sortKey?: string | false;
}

interface Column {
  title: string;
  width: number;
  right: boolean;
}

/** Left end, fill, between columns, right end of a rule. */
type Rule = readonly [string, string, string, string];

const UTF8 = {
  side: '│',
  top: ['┌', '─', '┬', '┐'],
  head: ['╞', '═', '╪', '╡'],
  middle: ['├', '─', '┼', '┤'],
  bottom: ['└', '─', '┴', '┘'],
} as const;
const ASCII = {
  side: '|',
  top: ['+', '-', '+', '+'],
  head: ['+', '=', '+', '+'],
  middle: ['+', '-', '+', '+'],
  bottom: ['+', '-', '+', '+'],
} as const;

const lengthOf = (text: string): number =>
  /^[\x20-\x7e]*$/.test(text) ? text.length : [...text].length;

function cut(text: string, width: number): string {
  return lengthOf(text) > width ? [...text].slice(0, width).join('') : text;
}

function pad(text: string, column: Column): string {
  const blanks = ' '.repeat(Math.max(column.width - lengthOf(text), 0));
  return column.right ? blanks + text : text + blanks;
}

function isNumeric(schema: PropSchema | undefined): boolean {
  return schema?.type === 'integer' || schema?.type === 'number';
}

/** Rows in the order of one column, by number or text as its schema says; missing values first. */
export function sortRows(rows: readonly Row[], key: string, schema: PropSchema | undefined): Row[] {
  const numeric = isNumeric(schema);
  return [...rows].sort((left, right) => {
    const [a, b] = [left[key] ?? undefined, right[key] ?? undefined];
    if (a === undefined || b === undefined)
      return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
    if (numeric) return Number(a) - Number(b);
    const [x, y] = [String(a), String(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  });
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  while (lines.length > 0 && lines.at(-1) === '') lines.pop();
  return lines;
}

function columnOf(key: string, schema: PropSchema | undefined, cells: readonly string[][]): Column {
  const title = schema?.title ?? key;
  const longest = Math.max(
    lengthOf(title),
    ...cells.map((lines) => Math.max(0, ...lines.map(lengthOf))),
  );
  const limit = schema?.print_width ?? schema?.maxLength ?? longest;
  return { title, width: Math.min(limit, longest), right: isNumeric(schema) };
}

/** The table of some columns of some rows, a line break after every line. */
export async function tableText(
  rows: readonly Row[],
  schemas: Readonly<Record<string, PropSchema>>,
  keys: readonly string[],
  options: TableOptions,
  terminal: Terminal,
): Promise<string> {
  const sortKey = options.sortKey ?? keys[0];
  const sorted = sortKey ? sortRows(rows, sortKey, schemas[sortKey]) : rows;
  const cells: string[][][] = [];
  for (const row of sorted) {
    const line: string[][] = [];
    for (const key of keys) {
      line.push(linesOf(await valueText(row[key], schemas[key], options.humanReadable ?? true)));
    }
    cells.push(line);
  }
  const columns = keys.map((key, i) =>
    columnOf(
      key,
      schemas[key],
      cells.map((row) => row[i] ?? []),
    ),
  );
  const border = !options.noborder;
  const style = terminal.utf8 ? UTF8 : ASCII;

  let out = '';
  const write = (text: string): void => {
    out += `${terminal.columns ? cut(text, terminal.columns) : text}\n`;
  };
  const rule = ([left, fill, between, right]: Rule): void => {
    const parts = columns.map((column) => fill.repeat(column.width + 2));
    write(left + parts.join(between) + right);
  };
  const line = (texts: readonly string[]): void => {
    if (border) {
      const parts = columns.map((column, i) => ` ${pad(texts[i] ?? '', column)} `);
      write(style.side + parts.join(style.side) + style.side);
    } else {
      const last = columns.length - 1;
      write(
        columns.map((column, i) => (i === last ? texts[i] : pad(texts[i] ?? '', column))).join(' '),
      );
    }
  };

  // The original leaves that one end open.
  const [left, fill, between, right] = style.head;
  const open = !terminal.utf8 && columns.length === 1;
  const headRule: Rule = [left, fill, between, open ? '' : right];

  if (border) rule(style.top);
  if (!options.noheader) line(columns.map((column) => column.title));
  for (const [i, row] of cells.entries()) {
    if (border && i === 0 && !options.noheader) rule(headRule);
    else if (border && i > 0) rule(style.middle);
    const height = Math.max(1, ...row.map((lines) => lines.length));
    for (let n = 0; n < height; n++) {
      line(columns.map((column, c) => cut(row[c]?.[n] ?? '', column.width)));
    }
  }
  if (border) rule(style.bottom);
  return out;
}
