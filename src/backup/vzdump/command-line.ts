/** A backup's options as the command that would do it. Source: guest-common VZDump/Common.pm command_line. */
import { shellQuote } from '../../host/quote.js';
import { splitList } from '../../schema/lists.js';

/** Not of the command line: what the job is called, when it runs, how its output is taken. */
const LEFT_OUT = new Set(['id', 'vmid', 'starttime', 'dow', 'stdout', 'enabled', 'job-id']);

export function commandLine(input: Readonly<Record<string, unknown>>): string {
  const words = ['vzdump', ...splitList(String(input.vmid ?? ''))];
  for (const key of Object.keys(input).sort()) {
    const value = input[key];
    if (LEFT_OUT.has(key) || value === undefined || value === '') continue;
    for (const item of Array.isArray(value) ? value : [value])
      words.push(`--${key}`, shellQuote(text(key, item)));
  }
  return words.join(' ');
}

function text(key: string, value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return key === 'mailto' ? splitList(String(value)).join(',') : String(value);
}
