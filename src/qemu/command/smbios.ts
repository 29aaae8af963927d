/** What the firmware tells about the machine. */
import { smbios1Format } from '../options/machine.js';
import { type Draft, escapeComma } from './draft.js';

/** `-smbios` for the fields of `smbios1`, in the order of their names. */
export function smbiosArguments(draft: Draft): string[] {
  const given = draft.properties<Record<string, string | number>>('smbios1', smbios1Format);
  if (given === undefined) return [];
  const { base64, ...fields } = given;
  const encoded = base64 !== undefined && String(base64) !== '0';
  let text = 'type=1';
  for (const key of Object.keys(fields).sort()) {
    const raw = String(fields[key]);
    const value = encoded && key !== 'uuid' ? Buffer.from(raw, 'base64').toString('utf8') : raw;
    if (value !== '' && value !== '0') text += `,${key}=${escapeComma(value)}`;
  }
  return ['-smbios', text];
}
