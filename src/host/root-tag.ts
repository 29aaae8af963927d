/**
 * Tells apart what several nodes below roots of their own have in one machine: '' for the machine
 * itself, else `-` and eight digits (FNV-1a of the root).
 */
export function rootTag(root: string): string {
  if (root === '') return '';
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(root)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `-${hash.toString(16).padStart(8, '0')}`;
}
