/**
 * SHA-256 of short texts. Names of block nodes are made with it; node:crypto, which does the same,
 * brings forty modules with it and takes 2 ms to load, a tenth of what a bare node does.
 */
import { sha256 as digest } from '@noble/hashes/sha2.js';

/** Hex digest of the text's UTF-8 bytes. */
export function sha256(text: string): string {
  return Buffer.from(digest(Buffer.from(text, 'utf8'))).toString('hex');
}
