/** Notes made from `--notes-template`. Source: VZDump.pm. */
import { PaveError } from '../../errors.js';

/** What a template's variables stand for. */
export interface NoteValues {
  cluster: string;
  guestname: string;
  node: string;
  vmid: string;
}

const VARIABLES = ['cluster', 'guestname', 'node', 'vmid'];

/** @throws PaveError that names each unknown escape and variable */
export function checkNotesTemplate(template: string): void {
  if (template.includes('\n')) throw new PaveError('contains a line feed');
  const unknown: string[] = [];
  for (const match of template.matchAll(/\\(.)/g))
    if (!/[n\\]/.test(match[1]!))
      unknown.push(`escape sequence '\\${match[1]}' at char ${match.index}`);
  for (const match of template.matchAll(/\{\{([^\s{}]+)\}\}/g))
    if (!VARIABLES.includes(match[1]!))
      unknown.push(`variable '${match[1]}' at char ${match.index + 2}`);
  if (unknown.length > 0) throw new PaveError(`found unknown: ${unknown.join(', ')}`);
}

/** @throws PaveError where the template is wrong */
export function notesOf(template: string, values: NoteValues): string {
  checkNotesTemplate(template);
  return template
    .replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : '\\'))
    .replace(/\{\{(cluster|guestname|node|vmid)\}\}/g, (_, key: keyof NoteValues) => values[key]);
}
