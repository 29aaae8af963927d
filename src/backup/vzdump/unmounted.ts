/**
 * Is something missing where a backup is to go? A folder whose disk is not mounted looks like any
 * other, and what is written to it fills the root disk.
 */
import type { Host } from '../../host/types.js';

/** The mount point above (or at) a folder that the machine's files name and that is not mounted. */
export interface MissingMount {
  point: string;
  /** The file that says so. */
  source: string;
}

export function missingMount(host: Host, folder: string): MissingMount | undefined {
  const real = realFolder(host, folder);
  const mounted = mountedPoints(host);
  for (const { point, source } of expectedMounts(host)) {
    if (point === '/' || !(real === point || real.startsWith(`${point}/`))) continue;
    if (!mounted.has(point) && !mounted.has(host.path(point))) return { point, source };
  }
  return undefined;
}

/** Links followed as far as the folder exists; without the root prefix. */
function realFolder(host: Host, folder: string): string {
  const own = (path: string) =>
    host.root !== '' && path.startsWith(`${host.root}/`) ? path.slice(host.root.length) : path;
  let rest = '';
  for (let path = folder.replace(/\/+$/, ''); path !== ''; ) {
    const real = host.files.realpath(path);
    if (real !== undefined) return own(real).replace(/\/$/, '') + rest;
    const slash = path.lastIndexOf('/');
    rest = path.slice(slash) + rest;
    path = path.slice(0, slash);
  }
  return rest === '' ? '/' : rest;
}

function mountedPoints(host: Host): Set<string> {
  const lines = (host.files.read('/proc/self/mounts') ?? '').split('\n');
  return new Set(lines.map((line) => plain(line.split(' ')[1] ?? '')));
}

/** Of /etc/fstab and of systemd's own mount units. */
function expectedMounts(host: Host): MissingMount[] {
  const found: MissingMount[] = [];
  for (const line of (host.files.read('/etc/fstab') ?? '').split('\n')) {
    const [device, point, type] = line.trim().split(/\s+/);
    if (!device || device.startsWith('#') || !point?.startsWith('/') || type === 'swap') continue;
    found.push({ point: plain(point).replace(/(.)\/+$/, '$1'), source: '/etc/fstab' });
  }
  const units = '/etc/systemd/system';
  for (const name of host.files.list(units) ?? []) {
    if (!name.endsWith('.mount')) continue;
    const text = host.files.read(`${units}/${name}`) ?? '';
    const point = /^\s*Where\s*=\s*(\/.*?)\/*\s*$/m.exec(text)?.[1];
    if (point !== undefined) found.push({ point, source: `${units}/${name}` });
  }
  return found;
}

/** `\040` is a blank, in fstab and in the kernel's list. */
function plain(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
