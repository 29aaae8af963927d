/** What is told about a backup job once it is over. Source: VZDump.pm send_notification. */
import type { GuestResult } from './guest-backup.js';

export interface JobReport {
  /** The command line. */
  command: string;
  guests: readonly GuestResult[];
  seconds: number;
  /** Why the job as a whole failed. */
  error?: string | undefined;
  /** Output of the hooks around the guests. */
  before: readonly string[];
  after: readonly string[];
  /** Guest id -> text of its log. */
  logs: ReadonlyMap<number, string>;
}

/** A log longer than this is not sent: bytes. */
const MAX_LOG = 1024 * 1024;

export function isFailure(report: JobReport): boolean {
  return report.error !== undefined || report.guests.some(({ state }) => state !== 'ok');
}

export function statusText(report: JobReport): string {
  const status = isFailure(report) ? 'backup failed' : 'backup successful';
  if (report.error === undefined) return status;
  return `${status}: ${report.error.includes('\n') ? 'multiple problems' : report.error}`;
}

export function mailSubject(report: JobReport, fqdn: string): string {
  return `vzdump backup status (${fqdn}): ${statusText(report)}`;
}

/** The text of the mail: a table of the guests, then their logs. */
export function mailBody(report: JobReport): string {
  const total = report.guests.reduce((sum, g) => sum + (g.state === 'ok' ? g.size : 0), 0);
  const parts: string[] = [];
  if (report.error?.includes('\n')) parts.push(report.error);
  parts.push(
    'Details\n=======',
    guestTable(report.guests),
    `Total running time: ${duration(report.seconds)}\nTotal size: ${humanBytes(total)}\n`,
    `Logs\n====\n${logText(report)}`,
  );
  return `${parts.join('\n')}\n`;
}

function guestTable(guests: readonly GuestResult[]): string {
  const header = ['VMID', 'Name', 'Status', 'Time', 'Size', 'Filename'];
  const rows = guests.map((guest) => {
    const ok = guest.state === 'ok';
    return [
      String(guest.vmid),
      guest.name ?? `VM ${guest.vmid}`,
      guest.state,
      duration(guest.seconds),
      humanBytes(ok ? guest.size : 0),
      ok ? (guest.target ?? 'unknown') : 'null',
    ];
  });
  const widths = header.map((text, column) =>
    Math.max(text.length, ...rows.map((row) => row[column]!.length)),
  );
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]! + 4))
        .join('')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n');
}

function logText(report: JobReport): string {
  const lines = [report.command, ''];
  if (report.before.length > 0) lines.push(...report.before, '');
  for (const { vmid } of report.guests) {
    const log = report.logs.get(vmid);
    if (log === undefined) lines.push(`${vmid}: no log available`, '');
    else
      for (const line of log.replace(/\n$/, '').split('\n'))
        if (!/^status: \d+/.test(line)) lines.push(`${vmid}: ${line}`);
    lines.push('');
  }
  lines.push(...report.after);
  const text = lines.join('\n');
  return Buffer.byteLength(text) > MAX_LOG
    ? 'Log output was too long to be sent. See the task log for details: pvenode task list'
    : text;
}

/** `1h 2m 3s` */
function duration(seconds: number): string {
  const parts: string[] = [];
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  if (hours > 0) parts.push(`${hours}h`);
  if (minutes > 0) parts.push(`${minutes}m`);
  if (seconds % 60 > 0 || parts.length === 0) parts.push(`${Math.floor(seconds % 60)}s`);
  return parts.join(' ');
}

/** Three decimals at most, in steps of 1024. */
function humanBytes(bytes: number): string {
  let size = bytes;
  let step = 0;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  while (size >= 1024 && step < units.length - 1) {
    size /= 1024;
    step++;
  }
  return `${Number(size.toFixed(3))} ${units[step]}`;
}
