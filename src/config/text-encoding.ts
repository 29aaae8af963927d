/** Text on one line, as descriptions are kept. Source: encode_text and decode_text of the original. */

/** Controls, 8-bit bytes of the UTF-8 form, `:` and `%` become %XX. */
export function encodeText(text: string): string {
  if (/^[ -9;-~]*$/.test(text) && !text.includes('%')) return text;
  let out = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x3a && byte !== 0x25;
    out += plain
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/**
 * %XX become bytes; the whole is read as UTF-8. Bytes that are none, as very old files have them,
 * are read as Latin-1, so that nothing of them is lost.
 */
export function decodeText(text: string): string {
  if (!text.includes('%')) return text;
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const decoded = bytes.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  const decodedBytes = Buffer.from(decoded, 'latin1');
  const result = decodedBytes.toString('utf8');
  return Buffer.from(result, 'utf8').equals(decodedBytes) ? result : decoded;
}
