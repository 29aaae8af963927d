/**
 * Calendar events: `[WEEKDAY] [[YEAR-]MONTH-DAY] [HOUR:MINUTE[:SECOND]] [UTC]`, a subset of
 * systemd's. Source: pve-docs calendar-events, the format `pve-calendar-event`.
 */
import { PaveError } from '../../errors.js';

/** One part's values; undefined where every value fits. */
export type Values = ReadonlySet<number> | undefined;

export interface CalendarEvent {
  /** 0 is Sunday. */
  weekdays: Values;
  years: Values;
  months: Values;
  days: Values;
  hours: Values;
  minutes: Values;
  seconds: Values;
  /** The times are of UTC, not of the local zone. */
  utc: boolean;
}

const WORDS: Record<string, string> = {
  minutely: '*:*',
  hourly: '*:0',
  daily: '0:0',
  weekly: 'mon 0:0',
  monthly: '*-1 0:0',
  quarterly: '1,4,7,10-1 0:0',
  semiannually: '1,7-1 0:0',
  'semi-annually': '1,7-1 0:0',
  yearly: '1-1 0:0',
  annually: '1-1 0:0',
};

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** @throws PaveError that says what does not fit */
export function parseCalendarEvent(text: string): CalendarEvent {
  const trimmed = text.trim();
  if (trimmed === '') throw new PaveError('unable to parse calendar event - event is empty');
  const utc = /\s+UTC$/.test(trimmed);
  const words = trimmed.replace(/\s+UTC$/, '').split(/\s+/);
  if (words.length === 1 && words[0]! in WORDS) words.splice(0, 1, ...WORDS[words[0]!]!.split(' '));
  const weekdays = /^[a-z]/i.test(words[0]!) ? parseWeekdays(words.shift()!) : undefined;
  const date = isDate(words[0]) ? parseDate(words.shift()!) : [undefined, undefined, undefined];
  const time = words.length > 0 ? parseTime(words.shift()!) : [ZERO, ZERO, ZERO];
  if (words.length > 0)
    throw new PaveError(`unable to parse calendar event - unused parts: '${words.join(' ')}'`);
  return {
    weekdays,
    years: date[0],
    months: date[1],
    days: date[2],
    hours: time[0],
    minutes: time[1],
    seconds: time[2],
    utc,
  };
}

const ZERO: Values = new Set([0]);

function isDate(word: string | undefined): word is string {
  return word?.includes('-') === true;
}

/** A range may begin or end with Sunday, and does not go over the end of the week. */
function parseWeekdays(text: string): Values {
  const found = new Set<number>();
  for (const item of text.split(',')) {
    const [first, last, more] = item.split('..');
    if (more !== undefined) throw new PaveError(`unable to parse '${item}' - one range at a time`);
    const from = weekday(first!);
    const to = last === undefined ? from : weekday(last);
    if (last !== undefined && to === 0 && from !== 0) {
      for (let day = from; day <= 7; day++) found.add(day % 7);
      continue;
    }
    if (from > to) throw new PaveError(`wrong order in range '${item}'`);
    for (let day = from; day <= to; day++) found.add(day);
  }
  return found;
}

function weekday(text: string): number {
  const name = text.toLowerCase();
  const index = DAYS.findIndex((day) => day === name || day.slice(0, 3) === name);
  if (index < 0) throw new PaveError(`unable to parse weekday '${text}'`);
  return index;
}

/** Years, months, days. */
function parseDate(text: string): [Values, Values, Values] {
  const parts = text.split('-');
  if (parts.length < 2 || parts.length > 3)
    throw new PaveError(`unable to parse date '${text}' - expected [year-]month-day`);
  if (parts.length === 2) parts.unshift('*');
  return [
    parseValues(parts[0]!, 1970, 2200),
    parseValues(parts[1]!, 1, 13),
    parseValues(parts[2]!, 1, 32),
  ];
}

/** Hours, minutes, seconds; `M` alone is a minute of every hour. */
function parseTime(text: string): [Values, Values, Values] {
  const parts = text.split(':');
  if (parts.length > 3) throw new PaveError(`unable to parse time '${text}'`);
  if (parts.length === 1) return [undefined, parseValues(text, 0, 60), ZERO];
  return [
    parseValues(parts[0]!, 0, 24),
    parseValues(parts[1]!, 0, 60),
    parts[2] === undefined ? ZERO : parseValues(parts[2], 0, 60),
  ];
}

/** `*` or `*\/STEP` alone, or `N`, `A..B`, each with an optional `/STEP`, separated by commas; below `max`. */
function parseValues(text: string, min: number, max: number): Values {
  const found = new Set<number>();
  let all = false;
  const items = text.split(',');
  for (const item of items) {
    const match = /^(?:\*|(\d+)(?:\.\.(\d+))?)(?:\/(\d+))?$/.exec(item);
    if (match === null) throw new PaveError(`unable to parse calendar event at '${item}'`);
    const [, first, last, step] = match;
    if (first === undefined && items.length > 1)
      throw new PaveError(`unable to parse calendar event at '${text}' - '*' stands alone`);
    const start = first === undefined ? min : Number(first);
    const repetition = step === undefined ? undefined : Number(step);
    if (start < min || start >= max) throw new PaveError(`value '${first}' out of range`);
    if (last !== undefined && (Number(last) >= max || Number(last) < start))
      throw new PaveError(`range end '${last}' out of range`);
    // `5/0` is 5 alone, as in the original.
    if (repetition !== undefined && (repetition >= max || (repetition < 1 && first === undefined)))
      throw new PaveError(`repetition '${step}' out of range`);
    if (first === undefined && repetition === undefined) all = true;
    const single = repetition === 0 || (last === undefined && repetition === undefined);
    const end = single ? start : last !== undefined ? Number(last) : max - 1;
    for (let value = start; value <= end; value += repetition || 1) found.add(value);
  }
  return all ? undefined : found;
}
