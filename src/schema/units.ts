import { PaveError } from '../errors.js';

const CONVERT_UNITS: Record<string, number> = { b: 0, kb: 1, mb: 2, gb: 3, tb: 4, pb: 5 };

/**
 * Converts a size between units (`b` … `pb`, steps of 1024) to a whole number, rounded up unless
 * `noRoundUp`. Source: PVE::Tools::convert_size.
 * @throws PaveError when the value is no positive number or a unit is unknown
 */
export function convertSize(
  value: string | number | null | undefined,
  from: string,
  to: string,
  noRoundUp = false,
): number {
  if (value === undefined || value === null || value === '') throw new PaveError('no value given');
  const [source, target] = [(from ?? '').toLowerCase(), (to ?? '').toLowerCase()];
  const fromStep = CONVERT_UNITS[source];
  const toStep = CONVERT_UNITS[target];
  if (fromStep === undefined || toStep === undefined) {
    throw new PaveError(`unknown 'from' and/or 'to' units (${source} => ${target})`);
  }
  if (!/^(?:[0-9]+\.?[0-9]*|[0-9]*\.[0-9]+)$/.test(String(value))) {
    throw new PaveError(`value '${value}' is not a valid, positive number`);
  }
  const converted = Number(value) * 1024 ** (fromStep - toStep);
  return noRoundUp ? Math.floor(converted) : Math.ceil(converted);
}

const SIZE_STEPS: Record<string, number> = { K: 1, M: 2, G: 3, T: 4 };

/**
 * Bytes of a size as configs write it (`512`, `32G`, `1.5TiB`), rounded down; undefined when the
 * text is none. Source: PVE::JSONSchema::parse_size.
 */
export function parseSize(text: string | number): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGT])?(?:iB)?$/.exec(String(text));
  if (!match || (match[2] === undefined && String(text).endsWith('iB'))) return undefined;
  return Math.floor(Number(match[1]) * 1024 ** (SIZE_STEPS[match[2] ?? ''] ?? 0));
}

/**
 * Bytes in the largest unit that is exact: 34359738368 -> `32G`, 1025 -> `1025`.
 * Source: PVE::JSONSchema::format_size.
 */
export function formatSize(bytes: number): string {
  let size = Math.trunc(bytes);
  for (const unit of ['', 'K', 'M', 'G']) {
    if (size % 1024 !== 0) return `${size}${unit}`;
    size /= 1024;
  }
  return `${size}T`;
}
