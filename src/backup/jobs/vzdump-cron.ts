/**
 * /etc/pve/vzdump.cron, where backup jobs stood before jobs.cfg: a crontab whose lines call vzdump.
 * Source: guest-common VZDump/Common.pm parse_vzdump_cron_config.
 */
import { digestOf } from '../../cluster/digest.js';
import { messageOf, PaveError } from '../../errors.js';
import { parseBoolean } from '../../schema/boolean.js';
import type { PropSchema } from '../../schema/types.js';
import { validate } from '../../schema/validate.js';
import { splitWords } from '../../schema/words.js';
import type { Job, JobOptions } from './jobs-cfg.js';
import { JOBS_SPEC } from './spec.js';

export const VZDUMP_CRON = 'vzdump.cron';

/** minute, hour, weekdays, whether it is switched off, options. */
const LINE = /^(\d+)\s+(\d+)\s+\*\s+\*\s+(\S+)\s+root\s+(?:\/\S+\/)?(#)?vzdump(?:\s+(.*))?$/;
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** The jobs, named by the file's digest and their number; lines that are none are told to `warn`. */
export function parseVzdumpCron(text: string, warn: (text: string) => void = () => {}): Job[] {
  const digest = text === '' ? '' : digestOf(text);
  const jobs: Job[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(#|$)|^PATH\s*=/.test(line)) continue;
    try {
      const match = LINE.exec(line);
      if (match === null) throw new PaveError('it is no call of vzdump');
      jobs.push(jobOf(`${digest}:${jobs.length + 1}`, match));
    } catch (error) {
      warn(`${VZDUMP_CRON} line ${index + 1}: ${messageOf(error)}: '${line}'`);
    }
  }
  return jobs;
}

/** The text without a job's line; every other byte stays. */
export function dropCronJob(text: string, id: string): string {
  const digest = digestOf(text);
  let number = 0;
  return text
    .split(/(?<=\n)/)
    .filter((line) => {
      if (!isJob(line.replace(/\n$/, ''))) return true;
      number++;
      return `${digest}:${number}` !== id;
    })
    .join('');
}

function isJob(line: string): boolean {
  const match = LINE.exec(line);
  if (match === null) return false;
  try {
    jobOf('', match);
    return true;
  } catch {
    return false;
  }
}

function jobOf(id: string, match: RegExpExecArray): Job {
  const [, minute, hour, dow, off, words] = match;
  const two = (text: string) => text.padStart(2, '0');
  if (Number(minute) > 59 || Number(hour) > 23) throw new PaveError('its time is none');
  const days = weekdays(dow!);
  const time = `${two(hour!)}:${two(minute!)}`;
  return {
    id,
    type: 'vzdump',
    source: 'vzdump.cron',
    schedule: days === '' ? time : `${days} ${time}`,
    enabled: off === undefined,
    repeatMissed: false,
    options: optionsOf(splitWords(words ?? '')),
    problems: [],
  };
}

/** `mon,tue`; '' for every day. */
function weekdays(text: string): string {
  if (text === '*') return '';
  const found = new Set<number>();
  for (const item of text.toLowerCase().split(/[,;]/)) {
    const range = /^([a-z]{3})-([a-z]{3})$/.exec(item);
    const [from, to] = (range?.slice(1) ?? [item, item]).map((day) =>
      /^[0-7]$/.test(day) ? Number(day) % 7 : DAYS.indexOf(day),
    ) as [number, number];
    if (from < 0 || to < 0) throw new PaveError(`unable to parse day of week '${text}'`);
    // A range ends with Sunday as the seventh day.
    for (let day = from; day <= (to === 0 && from !== 0 ? 7 : to); day++) found.add(day % 7);
  }
  if (found.size === 7) return '';
  return [1, 2, 3, 4, 5, 6, 0]
    .filter((day) => found.has(day))
    .map((day) => DAYS[day])
    .join(',');
}

const PROPERTIES = JOBS_SPEC.types.vzdump!.properties;

/** `100 101 --mode snapshot --quiet 1`. @throws PaveError */
function optionsOf(words: readonly string[]): JobOptions {
  const raw: Record<string, unknown> = {};
  const vmids: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const option = /^--?([a-z][a-z-]*)(?:=(.*))?$/s.exec(words[at]!);
    if (option === null) {
      vmids.push(words[at]!);
      continue;
    }
    const [, name, given] = option as unknown as [string, string, string | undefined];
    const schema = Object.hasOwn(PROPERTIES, name) ? PROPERTIES[name]! : undefined;
    if (schema === undefined) throw new PaveError(`unknown option '${name}'`);
    const next = words[at + 1];
    const bare =
      given === undefined && schema.type === 'boolean' && parseBoolean(next ?? '') === undefined;
    if (given === undefined && !bare) at++;
    addValue(raw, name, schema, bare ? '1' : (given ?? next ?? ''));
  }
  if (vmids.length > 0) raw.vmid = vmids.join(',');
  const errors = validate(raw, {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(PROPERTIES).map(([key, { requires: _, ...schema }]) => [
        key,
        { ...schema, optional: true },
      ]),
    ),
    additionalProperties: false,
  });
  const [first] = Object.entries(errors);
  if (first !== undefined) throw new PaveError(`option '${first[0]}': ${first[1]}`);
  return typed(raw);
}

function addValue(
  raw: Record<string, unknown>,
  name: string,
  schema: PropSchema,
  value: string,
): void {
  if (schema.type === 'boolean') raw[name] = parseBoolean(value) ?? value;
  else if (schema.type === 'array') raw[name] = [...((raw[name] as string[]) ?? []), value];
  else raw[name] = value;
}

function typed(raw: Record<string, unknown>): JobOptions {
  return Object.fromEntries(
    Object.entries(raw).map(([key, value]) => {
      const type = PROPERTIES[key]?.type;
      if (type === 'boolean') return [key, Number(value) === 1];
      return [key, type === 'integer' ? Number(value) : value];
    }),
  ) as JobOptions;
}
