import type { Host } from './types.js';

/** Of the running kernel: another one after each boot. */
export function bootId(host: Pick<Host, 'files'>): string {
  return (host.files.read('/proc/sys/kernel/random/boot_id') ?? '').trim();
}
