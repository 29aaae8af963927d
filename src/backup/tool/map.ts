/**
 * The lines that tell `vma extract -r` where each disk goes. Source of the grammar: vma.c of pve-qemu.
 *
 *   [format=F:][throttling.bps=N:][throttling.group=G:][cache=C:]0|1:DEVICE=PATH
 *   skip=DEVICE
 */
import { PaveError } from '../../errors.js';

export interface MapEntry {
  device: string;
  skip: boolean;
  path: string;
  format?: string;
  cache?: string;
  /** Bytes a second, of the group together where one is named. */
  bps?: number;
  group?: string;
  /** The target may hold old data: zeroes must be written. */
  writeZeroes: boolean;
}

const OPTIONS = ['format', 'throttling.bps', 'throttling.group', 'cache'] as const;

/** Up to a line `done`, an empty one or the end. @throws PaveError */
export function parseMap(text: string): MapEntry[] {
  const entries: MapEntry[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line === 'done') break;
    entries.push(parseLine(line));
  }
  return entries;
}

function parseLine(line: string): MapEntry {
  const wrong = (what: string) => new PaveError(`read map failed - ${what} ('${line}')`);
  const skipped = /^skip=(.+)$/.exec(line);
  if (skipped !== null) return { device: skipped[1]!, skip: true, path: '', writeZeroes: false };
  if (line.startsWith('skip')) throw wrong("option 'skip' has no value");
  const options = new Map<string, string>();
  let rest = line;
  for (;;) {
    const name = OPTIONS.find((option) => rest.startsWith(`${option}=`));
    if (name === undefined) break;
    const colon = rest.indexOf(':');
    if (colon < 0) throw wrong(`option '${name}' not terminated`);
    if (options.has(name)) throw wrong(`duplicate value for option '${name}'`);
    options.set(name, rest.slice(name.length + 1, colon));
    rest = rest.slice(colon + 1);
  }
  const target = /^([01]):([^=]+)=(.+)$/.exec(rest);
  if (target === null) throw wrong(/^[01]:/.test(rest) ? 'no dev name specified' : 'parse error');
  const bps = options.get('throttling.bps');
  if (bps !== undefined && !/^\d+$/.test(bps)) throw wrong(`not a number: ${bps}`);
  const format = options.get('format');
  const cache = options.get('cache');
  const group = options.get('throttling.group');
  return {
    device: target[2]!,
    skip: false,
    path: target[3]!,
    writeZeroes: target[1] === '1',
    ...(format === undefined ? {} : { format }),
    ...(cache === undefined ? {} : { cache }),
    ...(bps === undefined ? {} : { bps: Number(bps) }),
    ...(group === undefined ? {} : { group }),
  };
}
