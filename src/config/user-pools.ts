/** The pools of user.cfg: `pool:<id>:<comment>:<guests>:<storages>:`. Source: AccessControl.pm. */
import { splitList } from '../schema/lists.js';
import { decodeText } from './text-encoding.js';

export interface Pool {
  id: string;
  comment?: string;
  /** Guest ids, as the file lists them. */
  guests: number[];
  storages: string[];
}

const POOL_ID = /^[A-Za-z0-9.\-_]+(?:\/[A-Za-z0-9.\-_]+){0,2}$/;

/** By id. A guest belongs to one pool: of several that claim it the first has it. */
export function parsePools(text: string): Map<string, Pool> {
  const pools = new Map<string, Pool>();
  const taken = new Set<number>();
  for (const line of text.split('\n')) {
    const [kind, id, comment, guests, storages] = line
      .trim()
      .split(':')
      .map((part) => part.trim());
    if (kind !== 'pool' || id === undefined || !POOL_ID.test(id)) continue;
    const pool: Pool = pools.get(id) ?? { id, guests: [], storages: [] };
    if (comment) pool.comment = decodeText(comment);
    for (const item of splitList(guests ?? '')) {
      if (!/^[1-9]\d{2,8}$/.test(item) || taken.has(Number(item))) continue;
      taken.add(Number(item));
      pool.guests.push(Number(item));
    }
    pool.storages.push(...splitList(storages ?? ''));
    pools.set(id, pool);
  }
  return pools;
}

/** The file with the guest in that pool, and in no other. */
export function withPoolMember(text: string, pool: string, vmid: number): string {
  return text
    .split('\n')
    .map((line) => {
      const [kind, id, comment, guests, ...rest] = line.split(':');
      if (kind !== 'pool' || guests === undefined) return line;
      const others = splitList(guests).filter((item) => item !== String(vmid));
      const members = id === pool ? [...others, String(vmid)] : others;
      return [kind, id, comment, members.join(','), ...rest].join(':');
    })
    .join('\n');
}
