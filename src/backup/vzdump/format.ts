/** How the log of a backup writes times and sizes, and how its files are named. Source: VZDump.pm. */
import { fixed } from '../../schema/render.js';

const two = (value: number) => String(value).padStart(2, '0');

/** `YYYY-MM-DD HH:MM:SS` of the local time; milliseconds since the epoch. */
export function localTime(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `HH:MM:SS`; hours may be more than two digits. */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** KB and MB whole, GB and TB with two decimals, in steps of 1024. */
export function archiveSize(bytes: number): string {
  const kb = bytes / 1024;
  if (kb < 1024) return `${Math.floor(kb)}KB`;
  if (kb < 1024 ** 2) return `${Math.floor(kb / 1024)}MB`;
  const gb = kb / 1024 ** 2;
  return gb < 1024 ? `${fixed(gb, 2)}GB` : `${fixed(gb / 1024, 2)}TB`;
}

/** `vzdump-qemu-100`: what all backups of a guest begin with. */
export function backupPrefix(type: 'qemu' | 'lxc', vmid: number): string {
  return `vzdump-${type}-${vmid}`;
}

/** `vzdump-qemu-100-2024_01_31-13_59_59`; milliseconds since the epoch, written in local time. */
export function backupName(type: 'qemu' | 'lxc', vmid: number, ms: number): string {
  const [day, time] = localTime(ms).split(' ') as [string, string];
  return `${backupPrefix(type, vmid)}-${day.replaceAll('-', '_')}-${time.replaceAll(':', '_')}`;
}
