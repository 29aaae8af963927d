import { nextEvent, parseCalendarEvent } from '../../../src/schema/calendar/index.js';

interface Input {
  op: 'next' | 'parse';
  event: string;
  last?: number;
  tz?: string;
}

interface Answer {
  next?: number | undefined;
  ok?: boolean;
}

export default {
  suite: 'common-calendar',

  run(input: Input): Answer {
    if (input.op === 'parse') {
      try {
        parseCalendarEvent(input.event);
        return { ok: true };
      } catch {
        return { ok: false };
      }
    }
    const before = process.env.TZ;
    process.env.TZ = input.tz;
    try {
      return { next: nextEvent(parseCalendarEvent(input.event), input.last!) };
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  },

  /** Of an error only that there is one counts. */
  compare(got: Answer, expected: Answer): string | undefined {
    if (got.ok === expected.ok && got.next === expected.next) return undefined;
    return `got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`;
  },
};
