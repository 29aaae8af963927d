/** Values for people: what column renderers print. Source: PVE::Format. */

const two = (n: number): string => String(n).padStart(2, '0');

/**
 * A number with that many decimals as C's printf rounds it: a value exactly between two goes to the
 * even one (`toFixed` goes up: 2.125 would be 2.13).
 */
export function fixed(value: number, decimals: number): string {
  // Between two there are only multiples of this power of two; scaling those is exact.
  const between = Number.isInteger(value * 2 ** (decimals + 1));
  const scaled = value * 10 ** decimals;
  const floor = Math.floor(scaled);
  if (!between || scaled - floor !== 0.5 || Math.abs(scaled) > 2 ** 52)
    return value.toFixed(decimals);
  return ((floor % 2 === 0 ? floor : floor + 1) / 10 ** decimals).toFixed(decimals);
}

/** Local time of seconds since the epoch, `YYYY-MM-DD HH:MM:SS`. */
export function renderTimestamp(epoch: number): string {
  const d = new Date(epoch * 1000);
  const day = `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
  return `${day} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** The same in UTC. */
export function renderTimestampGmt(epoch: number): string {
  return new Date(Math.trunc(epoch) * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

/**
 * Seconds as `1w 2d 3h 4m 5s`, units without any left out. `limitAccuracy` drops seconds from a day
 * on and minutes from a week on.
 */
export function renderDuration(seconds: number | undefined, limitAccuracy = false): string {
  let rest = Math.round(Number(seconds ?? 0));
  if (rest === 0) return '0s';
  const parts: string[] = [];
  const step = (unit: string, length: number): boolean => {
    const count = Math.trunc(rest / length);
    if (count <= 0) return false;
    parts.push(`${count}${unit}`);
    rest -= count * length;
    return true;
  };
  const weeks = step('w', 7 * 24 * 3600);
  const days = step('d', 24 * 3600) || weeks;
  step('h', 3600);
  if (!limitAccuracy || !weeks) step('m', 60);
  if (!limitAccuracy || !days) step('s', 1);
  return parts.join(' ');
}

/** 0.412 -> `41.20%`. */
export function renderFractionAsPercentage(fraction: number): string {
  return `${fixed(fraction * 100, 2)}%`;
}

/** Bytes in the largest unit of 1024 they reach, with two decimals unless told otherwise. */
export function renderBytes(bytes: number, precision?: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${fixed(value, precision || 2)} ${units[unit]}`;
}

/** What columns are rendered with; those of the original shorten long durations. */
const renderers: Record<string, (value: number) => string> = {
  bytes: (value) => renderBytes(value),
  duration: (value) => renderDuration(value, true),
  timestamp: renderTimestamp,
  timestamp_gmt: renderTimestampGmt,
  fraction_as_percentage: renderFractionAsPercentage,
};

/** A renderer of that name; undefined when there is none. */
export function getRenderer(name: string): ((value: number) => string) | undefined {
  return Object.hasOwn(renderers, name) ? renderers[name] : undefined;
}
