/** Whatever the file: no crash, and what we wrote reads back as it was. */
import { describe, expect, it } from 'vitest';
import {
  ConfigLineError,
  emptyGuestConfig,
  parseGuestConfig,
} from '../../../src/config/guest-config.js';
import { writeGuestConfig } from '../../../src/config/guest-config-write.js';
import type { ConfigSection, GuestConfig, GuestKind } from '../../../src/config/types.js';
import { type Random, random } from '../random.js';

const KEYS = ['name', 'memory', 'boot', 'net0', 'net12', 'future-key', 'constructor', 'snapstate'];
const VALUE = 'abcXYZ019:=,;/ \t"\'\\%#[]{}~äß€🙂';
const PROSE = `${VALUE}\n\n\r`;

function section(r: Random): ConfigSection {
  const values = new Map<string, string>();
  for (const key of KEYS) if (r.chance(0.4)) values.set(key, r.text(VALUE, 12));
  return { values, ...(r.chance(0.5) ? { description: r.text(PROSE, 30) } : {}) };
}

function config(r: Random, kind: GuestKind): GuestConfig {
  const result = emptyGuestConfig(kind);
  result.main = section(r);
  if (kind === 'lxc' && r.chance(0.5))
    result.main.raw = [
      ['lxc.b', r.text(VALUE, 5)],
      ['lxc.a.x-1', 'y'],
    ];
  if (r.chance(0.5)) result.pending = { ...section(r), deletes: new Map() };
  for (const key of KEYS)
    if (r.chance(0.1)) result.pending.deletes.set(key, { force: r.chance(0.5) });
  if (kind === 'qemu' && r.chance(0.3)) result.special.set('fleecing', section(r));
  for (const name of ['one', 'two-2', 'Three_3']) {
    if (r.chance(0.4)) result.snapshots.set(name, section(r));
  }
  return result;
}

/** As a parsed config looks: blanks that do not survive on a line are gone, keys are sorted. */
function settled(given: ConfigSection, emptyIsKept: boolean): ConfigSection {
  const description = given.description?.trimEnd();
  return {
    values: new Map([...given.values].sort().map(([key, value]) => [key, value.trim()])),
    ...(description === undefined || (description === '' && !emptyIsKept) ? {} : { description }),
    ...(given.raw === undefined ? {} : { raw: given.raw.map(([k, v]) => [k, v.trim()]) }),
  };
}

describe('guest configs', () => {
  it('parse(write(x)) is x', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const r = random(seed);
      const kind = r.pick(['qemu', 'lxc'] as const);
      const given = config(r, kind);
      const expected = structuredClone(given);
      const text = writeGuestConfig(given);
      const again = parseGuestConfig(kind, text, { strict: true });
      const about = `seed ${seed}`;
      expect(again.main, about).toEqual(settled(expected.main, false));
      const { deletes, ...pending } = again.pending;
      expect(pending, about).toEqual(settled({ ...expected.pending }, true));
      expect(deletes, about).toEqual(expected.pending.deletes);
      for (const part of ['special', 'snapshots'] as const) {
        const wanted = [...expected[part]].map(([name, s]) => [name, settled(s, false)] as const);
        expect(again[part], about).toEqual(new Map(wanted));
      }
      expect(writeGuestConfig(again), about).toBe(text);
    }
  });

  /** Pieces of real files, so that random text gets past the first line. */
  const PIECES = [
    ...['\n', '\r\n', ': ', ':', ' ', '#', '[', ']', '%', '%4', '%ff', '%C3%A4', '\t', '\0'],
    ...['[PENDING]', '[pve:pending]', '[snap]', '[special:cloudinit]', 'delete: a,!b', 'lxc.x = 1'],
    ...['name', 'memory: 512', 'cdrom: none', 'smp: 2', 'description: x', '\u2028', '\ufeff', 'é'],
    ...['unused0: a:1', 'scsi0: a:1', 'args: -x', 'snapstate: prepare', '__proto__: x'],
  ];

  it('random text: lines are refused or read, and the second writing changes nothing', () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const r = random(seed);
      const kind = r.pick(['qemu', 'lxc'] as const);
      const text = r.chance(0.2)
        ? Buffer.from(r.bytes(200)).toString('utf8')
        : Array.from({ length: r.below(30) }, () => r.pick(PIECES)).join('');
      try {
        parseGuestConfig(kind, text, { strict: true });
      } catch (error) {
        expect(error, `seed ${seed}`).toBeInstanceOf(ConfigLineError);
      }
      const read = parseGuestConfig(kind, text);
      // A snapshot cannot have the pending section's name; every other reading can be written.
      const written = writeGuestConfig(read);
      const twice = writeGuestConfig(parseGuestConfig(kind, written, { strict: true }));
      expect(twice, `seed ${seed}`).toBe(written);
    }
  });
});
