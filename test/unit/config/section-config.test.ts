import { describe, expect, it } from 'vitest';
import {
  parseSections,
  type SectionConfigSpec,
  writeSections,
} from '../../../src/config/section-config.js';

const spec: SectionConfigSpec = {
  base: {
    id: { type: 'string' },
    type: { type: 'string' },
    comment: { type: 'string', optional: true },
    disable: { type: 'boolean', optional: true },
  },
  types: {
    job: {
      properties: { schedule: { type: 'string' }, keep: { type: 'integer', minimum: 1 } },
      options: {
        comment: { optional: true },
        disable: { optional: true },
        schedule: {},
        keep: { optional: true },
      },
    },
  },
};

const read = (text: string) => {
  const said: string[] = [];
  const file = parseSections(spec, text, { file: 'jobs.cfg', warn: (line) => said.push(line) });
  return { ...file, said };
};

describe('section config', () => {
  it('of two sections with one name the later counts, in its place, and both are checked', () => {
    const { sections, said } = read(
      'job: a\n\tkeep 1\n\njob: b\n\tschedule daily\n\njob: a\n\ttype job\n\tschedule weekly\n\n',
    );
    expect([...sections.keys()]).toEqual(['b', 'a']);
    expect(sections.get('a')!.values).toEqual({ schedule: 'weekly' });
    expect(said).toEqual([
      "file jobs.cfg (section 'a'): missing value for required option 'schedule'",
    ]);
  });

  it('loses neither keys nor types it does not know', () => {
    const text =
      'job: a\n\tcomment hello world\n\tdisable\n\tschedule daily\n\tfuture yes please\n\tbare\n\n' +
      'other: b\n\tx 1\n\tx 2\n\n';
    const { sections, said } = read(text);
    expect(sections.get('a')!.values).toEqual({
      comment: 'hello world',
      disable: 1,
      schedule: 'daily',
    });
    expect(writeSections(spec, sections)).toBe(text);
    expect(said).toEqual([
      "file jobs.cfg line 5 (section 'a') - unable to parse value of 'future': unexpected property 'future'",
      "file jobs.cfg line 6 (section 'a') - unable to parse value of 'bare': unexpected property 'bare'",
      "file jobs.cfg (section 'b'): unsupported type 'other'",
    ]);
  });

  it('names the line of what does not fit, and what is missing', () => {
    const { errors, said } = read('job: a\n\tkeep 0\n\tkeep 3\n\tkeep 4\nnonsense\n');
    expect(errors.map(({ context, key }) => `${context}: ${key}`)).toEqual([
      'file jobs.cfg line 2: keep',
      'file jobs.cfg line 4: keep',
    ]);
    expect(errors[0]!.reason).toContain('minimum value of 1');
    expect(errors[1]!.reason).toBe('duplicate attribute');
    expect(said).toContain("file jobs.cfg line 5 (section 'a') - ignore config line: nonsense");
    expect(said.at(-1)).toContain("missing value for required option 'schedule'");
  });

  it('refuses to write what could not be read again', () => {
    const section = { type: 'job', values: { schedule: 'daily\nkeep 1' }, rest: [] };
    expect(() => writeSections(spec, new Map([['a', section]]))).toThrow('line feed');
    const empty = { type: 'job', values: {}, rest: [] };
    expect(() => writeSections(spec, new Map([['a', empty]]))).toThrow(
      "section 'a' - missing value for required option 'schedule'",
    );
  });
});
