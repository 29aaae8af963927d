import type { Host } from './types.js';

const tables = new WeakMap<Host, Map<string, Map<string, number>>>();

/** Number of a user of the machine, from /etc/passwd; undefined where there is none. */
export function userId(host: Host, name: string): number | undefined {
  return table(host, '/etc/passwd').get(name);
}

/** Number of a group of the machine, from /etc/group; undefined where there is none. */
export function groupId(host: Host, name: string): number | undefined {
  return table(host, '/etc/group').get(name);
}

/** The files are read once: `name:x:number:…`. */
function table(host: Host, path: string): Map<string, number> {
  let own = tables.get(host);
  if (own === undefined) {
    own = new Map();
    tables.set(host, own);
  }
  let found = own.get(path);
  if (found === undefined) {
    found = new Map();
    for (const line of (host.files.read(path) ?? '').split('\n')) {
      const [name, , number] = line.split(':');
      if (name && number !== undefined && /^\d+$/.test(number)) found.set(name, Number(number));
    }
    own.set(path, found);
  }
  return found;
}

/**
 * Owner for files that the original gives to www-data, where that account exists and we may give
 * files away; nothing otherwise.
 */
export function webOwner(host: Host, what: 'user' | 'group'): { uid?: number; gid?: number } {
  if (host.uid !== 0) return {};
  if (what === 'group') {
    const gid = groupId(host, 'www-data');
    return gid === undefined ? {} : { gid };
  }
  const uid = userId(host, 'www-data');
  return uid === undefined ? {} : { uid };
}
