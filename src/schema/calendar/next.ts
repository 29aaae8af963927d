/** When a calendar event comes next, in the process's time zone or in UTC. */
import type { CalendarEvent, Values } from './parse.js';

/** So far ahead is looked: no date of the calendar comes more rarely. */
const MAX_DAYS = 366 * 40;

/**
 * The first moment after `last` (both in seconds since the epoch) at which the event comes;
 * undefined where it never does any more. Times that a change to summer time leaves out come at the
 * moment of the change, so that a nightly job is never skipped; those that come twice come twice.
 */
export function nextEvent(event: CalendarEvent, last: number): number | undefined {
  const zone = event.utc ? UTC : LOCAL;
  let at = Math.floor(last) + 1;
  for (let days = 0; days < MAX_DAYS; ) {
    const now = zone.fields(at);
    if (event.years !== undefined && now.year > Math.max(...event.years)) return undefined;
    if (!dayFits(event, now)) {
      const next = zone.midnight(now.year, now.month, now.day + 1);
      at = next > at ? next : at + 3600;
      days++;
      continue;
    }
    const inGap = gapBefore(event, zone, at);
    if (inGap) return at;
    if (!fits(event.hours, now.hour)) {
      at += 3600 - now.minute * 60 - now.second;
      continue;
    }
    if (!fits(event.minutes, now.minute)) {
      at += 60 - now.second;
      continue;
    }
    if (fits(event.seconds, now.second)) return at;
    at++;
  }
  return undefined;
}

interface Fields {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  /** 0 is Sunday. */
  weekday: number;
  hour: number;
  minute: number;
  second: number;
}

interface Zone {
  fields(at: number): Fields;
  /** `month` from 1; a day past the month's end is one of the next. */
  midnight(year: number, month: number, day: number): number;
  changes: boolean;
}

const LOCAL: Zone = {
  changes: true,
  fields(at) {
    const date = new Date(at * 1000);
    return {
      year: date.getFullYear(),
      month: date.getMonth() + 1,
      day: date.getDate(),
      weekday: date.getDay(),
      hour: date.getHours(),
      minute: date.getMinutes(),
      second: date.getSeconds(),
    };
  },
  midnight: (year, month, day) => new Date(year, month - 1, day).getTime() / 1000,
};

const UTC: Zone = {
  changes: false,
  fields(at) {
    const date = new Date(at * 1000);
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      weekday: date.getUTCDay(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
    };
  },
  midnight: (year, month, day) => Date.UTC(year, month - 1, day) / 1000,
};

function fits(values: Values, value: number): boolean {
  return values === undefined || values.has(value);
}

function dayFits(event: CalendarEvent, now: Fields): boolean {
  return (
    fits(event.weekdays, now.weekday) &&
    fits(event.years, now.year) &&
    fits(event.months, now.month) &&
    fits(event.days, now.day)
  );
}

/** Does the clock jump ahead to `at`, over a time the event names? */
function gapBefore(event: CalendarEvent, zone: Zone, at: number): boolean {
  if (!zone.changes) return false;
  const minutes = ({ hour, minute }: Fields) => hour * 60 + minute;
  const before = zone.fields(at - 1);
  const now = zone.fields(at);
  if (before.second !== 59 || now.second !== 0 || before.day !== now.day) return false;
  for (let minute = minutes(before) + 1; minute < minutes(now); minute++)
    if (fits(event.hours, Math.floor(minute / 60)) && fits(event.minutes, minute % 60)) return true;
  return false;
}
