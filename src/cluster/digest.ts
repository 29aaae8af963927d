import { createHash } from 'node:crypto';
import { PaveError } from '../errors.js';

/** SHA-1 hex of a file's bytes; a missing file counts as empty. Source: pve-common Tools.pm:868. */
export function digestOf(text: string | Uint8Array): string {
  return createHash('sha1').update(text).digest('hex');
}

/** Throws when somebody changed the file since the caller read it. Either digest may be unknown. */
export function assertDigest(wanted: string | undefined, present: string | undefined): void {
  if (wanted && present && wanted !== present) {
    throw new PaveError('detected modified configuration - file changed by other user? Try again.');
  }
}
