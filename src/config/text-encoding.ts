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

/** %XX become bytes; the whole is read as UTF-8. Bytes that are no UTF-8 come back as `�`. */
export function decodeText(text: string): string {
  if (!text.includes('%')) return text;
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const decoded = bytes.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  return Buffer.from(decoded, 'latin1').toString('utf8');
}
