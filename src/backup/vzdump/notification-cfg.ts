/**
 * /etc/pve/notifications.cfg: who gets which notification. Source: the documented format of
 * proxmox-notify: targets (`sendmail`, `smtp`, `gotify`, `webhook`) and `matcher` sections.
 */
import { nextEvent, parseCalendarEvent } from '../../schema/calendar/index.js';
import { splitList } from '../../schema/lists.js';

export interface Notification {
  severity: 'info' | 'notice' | 'warning' | 'error' | 'unknown';
  fields: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  time: number;
}

export interface MailTarget {
  name: string;
  /** Addresses and `user@realm`. */
  recipients: string[];
  author?: string | undefined;
  from?: string | undefined;
  /** Not of the file. */
  builtin: boolean;
}

export interface Routes {
  mail: MailTarget[];
  /** Targets of kinds that Pavé cannot reach. */
  unsupported: { name: string; type: string }[];
}

interface Section {
  type: string;
  name: string;
  values: Map<string, string[]>;
}

/** There without a file, unless the file says otherwise. */
const BUILTIN: Section[] = [
  { type: 'sendmail', name: 'mail-to-root', values: new Map([['mailto-user', ['root@pam']]]) },
  { type: 'matcher', name: 'default-matcher', values: new Map([['target', ['mail-to-root']]]) },
];

/** The targets of all matchers that fit, each once. */
export function notificationRoutes(text: string, notification: Notification): Routes {
  const sections = new Map<string, Section>();
  for (const section of BUILTIN)
    sections.set(`${section.type === 'matcher'}/${section.name}`, section);
  for (const section of parse(text))
    sections.set(`${section.type === 'matcher'}/${section.name}`, section);
  const wanted = new Set<string>();
  for (const section of sections.values()) {
    if (section.type !== 'matcher' || isOn(section, 'disable')) continue;
    if (matches(section, notification))
      for (const name of section.values.get('target') ?? []) wanted.add(name);
  }
  const routes: Routes = { mail: [], unsupported: [] };
  for (const name of wanted) {
    const target = sections.get(`false/${name}`);
    if (target === undefined || isOn(target, 'disable')) continue;
    if (target.type === 'sendmail') routes.mail.push(mailTarget(target));
    else routes.unsupported.push({ name, type: target.type });
  }
  return routes;
}

function mailTarget({ name, values }: Section): MailTarget {
  const list = (key: string) => (values.get(key) ?? []).flatMap(splitList);
  return {
    name,
    recipients: [...list('mailto'), ...list('mailto-user')],
    author: values.get('author')?.[0],
    from: values.get('from-address')?.[0],
    builtin: BUILTIN.some((section) => section.values === values),
  };
}

function matches(matcher: Section, notification: Notification): boolean {
  const { values } = matcher;
  const results = [
    ...(values.get('match-severity') ?? []).map((list) =>
      splitList(list).includes(notification.severity),
    ),
    ...(values.get('match-field') ?? []).map((rule) => fieldFits(rule, notification.fields)),
    ...(values.get('match-calendar') ?? []).map((event) => timeFits(event, notification.time)),
  ];
  const all = (values.get('mode')?.[0] ?? 'all') === 'all';
  // Without a rule everything fits.
  const fits =
    results.length === 0 || (all ? results.every((result) => result) : results.includes(true));
  return fits !== isOn(matcher, 'invert-match');
}

/** `exact:type=vzdump,replication` or `regex:hostname=^a.*`. */
function fieldFits(rule: string, fields: Readonly<Record<string, string>>): boolean {
  const match = /^(exact|regex):([^=]+)=(.*)$/.exec(rule);
  if (match === null) return false;
  const [, kind, field, text] = match as unknown as [string, string, string, string];
  const value = fields[field];
  if (value === undefined) return false;
  if (kind === 'exact') return splitList(text).includes(value);
  try {
    return new RegExp(text).test(value);
  } catch {
    return false;
  }
}

/** A span such as `mon..fri 8:00-17:30`, or a calendar event whose minute it is. */
function timeFits(event: string, time: number): boolean {
  const span = /^(.*?)(\d+):(\d+)-(\d+):(\d+)$/.exec(event.trim());
  const date = new Date(time);
  try {
    if (span !== null) {
      const days = span[1]!.trim();
      const weekdays = days === '' ? undefined : parseCalendarEvent(days).weekdays;
      const now = date.getHours() * 60 + date.getMinutes();
      const from = Number(span[2]) * 60 + Number(span[3]);
      const to = Number(span[4]) * 60 + Number(span[5]);
      return (weekdays === undefined || weekdays.has(date.getDay())) && now >= from && now <= to;
    }
    const minute = Math.floor(time / 60_000) * 60;
    return nextEvent(parseCalendarEvent(event), minute - 1) === minute;
  } catch {
    return false;
  }
}

function isOn(section: Section, key: string): boolean {
  const value = section.values.get(key)?.[0];
  return value !== undefined && !/^(0|no|off|false)$/i.test(value);
}

/** Keys may come several times. */
function parse(text: string): Section[] {
  const sections: Section[] = [];
  let open: Section | undefined;
  for (const line of text.split('\n')) {
    if (/^\s*#/.test(line)) continue;
    if (line.trim() === '') open = undefined;
    else if (open === undefined) {
      const header = /^(\S+):\s*(\S+)\s*$/.exec(line);
      if (header === null) continue;
      open = { type: header[1]!, name: header[2]!, values: new Map() };
      sections.push(open);
    } else {
      const pair = /^\s+(\S+)(?:\s+(.*\S))?\s*$/.exec(line);
      if (pair === null) continue;
      const [, key, value] = pair as unknown as [string, string, string | undefined];
      open.values.set(key, [...(open.values.get(key) ?? []), value ?? '1']);
    }
  }
  return sections;
}
