import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/schema/sha256.js';

const reference = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

describe('sha256', () => {
  it('gives what node:crypto gives, for every length around its blocks', () => {
    for (let length = 0; length < 260; length++) {
      const text = Array.from({ length }, (_, i) => String.fromCharCode(33 + ((i * 7) % 90))).join(
        '',
      );
      expect(sha256(text), `length ${length}`).toBe(reference(text));
    }
  });

  it('takes the bytes of UTF-8', () => {
    for (const text of ['drive=scsi0,volid=lokal:100/plätze.raw', '€', '😀', '\0'])
      expect(sha256(text)).toBe(reference(text));
  });
});
