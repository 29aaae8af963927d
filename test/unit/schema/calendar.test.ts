import { afterEach, describe, expect, it } from 'vitest';
import { nextEvent, parseCalendarEvent } from '../../../src/schema/calendar/index.js';

const before = process.env.TZ;
afterEach(() => {
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

/** The next `count` times as `YYYY-MM-DD HH:MM:SS` of UTC. */
function series(event: string, from: string, count: number, tz = 'UTC'): string[] {
  process.env.TZ = tz;
  const found: string[] = [];
  let at: number | undefined = Date.parse(`${from}Z`) / 1000;
  for (let n = 0; n < count; n++) {
    at = nextEvent(parseCalendarEvent(event), at);
    if (at === undefined) break;
    found.push(new Date(at * 1000).toISOString().slice(0, 19).replace('T', ' '));
  }
  return found;
}

describe('calendar events', () => {
  it.each([
    ['daily', ['2024-01-02 00:00:00', '2024-01-03 00:00:00']],
    ['weekly', ['2024-01-08 00:00:00', '2024-01-15 00:00:00']],
    ['monthly', ['2024-02-01 00:00:00', '2024-03-01 00:00:00']],
    ['quarterly', ['2024-04-01 00:00:00', '2024-07-01 00:00:00']],
    ['yearly', ['2025-01-01 00:00:00', '2026-01-01 00:00:00']],
    ['hourly', ['2024-01-01 01:00:00', '2024-01-01 02:00:00']],
    ['minutely', ['2024-01-01 00:01:00', '2024-01-01 00:02:00']],
    ['sat *-1..7 15:00', ['2024-01-06 15:00:00', '2024-02-03 15:00:00']],
    ['2-29 3:15', ['2024-02-29 03:15:00', '2028-02-29 03:15:00']],
    ['2025-*-31 0:0:30', ['2025-01-31 00:00:30', '2025-03-31 00:00:30']],
    ['mon..wed,fri 8..17/4:30', ['2024-01-01 08:30:00', '2024-01-01 12:30:00']],
    ['8/0:30', ['2024-01-01 08:30:00', '2024-01-02 08:30:00']],
    ['sun..mon 1:0', ['2024-01-01 01:00:00', '2024-01-07 01:00:00']],
  ])('%s', (event, expected) => {
    expect(series(event, '2024-01-01 00:00:00', 2)).toEqual(expected);
  });

  it('never comes again after its last year', () => {
    expect(series('2023-1-1', '2024-01-01 00:00:00', 1)).toEqual([]);
    expect(series('2-30', '2024-01-01 00:00:00', 1)).toEqual([]);
  });

  it('a time that the change to summer time leaves out comes at the change', () => {
    // 02:00 CET becomes 03:00 CEST on 2024-03-31, at 01:00 UTC.
    expect(series('2:30', '2024-03-30 12:00:00', 2, 'Europe/Vienna')).toEqual([
      '2024-03-31 01:00:00',
      '2024-04-01 00:30:00',
    ]);
  });

  it('every half hour goes on through the hour that comes twice', () => {
    expect(series('*:0/30', '2024-10-26 23:59:00', 6, 'Europe/Vienna')).toEqual([
      '2024-10-27 00:00:00',
      '2024-10-27 00:30:00',
      '2024-10-27 01:00:00',
      '2024-10-27 01:30:00',
      '2024-10-27 02:00:00',
      '2024-10-27 02:30:00',
    ]);
  });

  it('times of UTC do not change with the season', () => {
    expect(series('mon 0:0 UTC', '2024-03-30 12:00:00', 2, 'Europe/Vienna')).toEqual([
      '2024-04-01 00:00:00',
      '2024-04-08 00:00:00',
    ]);
  });

  it.each([
    '',
    'noday',
    'mon tue',
    '24:00',
    '12:60',
    '13-1',
    '*/0',
    '1..',
    'mon..',
    '1-2-3-4',
    '*,5',
    '5,*/2',
  ])('refuses %j', (event) => {
    expect(() => parseCalendarEvent(event)).toThrow();
  });
});
