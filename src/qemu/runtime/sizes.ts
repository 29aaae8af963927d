/** `32G` in bytes, without loading the schema; 0 for nothing. */
export function formatlessSize(text: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text ?? '');
  if (match === null) return 0;
  return Number(match[1]) * 1024 ** ' KMGT'.indexOf(match[2] === '' ? ' ' : match[2]!);
}
