import { dirname } from 'node:path';
import { FileError } from './errors.js';
import type { FileStat, Files } from './types.js';

/** What a dry run has put over an entry of the machine. */
export type Entry =
  | { kind: 'removed' }
  | { kind: 'symlink'; target: string; stat: FileStat }
  /** `source`: an entry of the machine whose content (children) it has, when it was renamed. */
  | { kind: 'directory'; source?: string; stat: FileStat }
  | { kind: 'file'; source?: string; data?: Uint8Array; stat: FileStat };

/** Where a path leads: an entry of the overlay, an entry of the machine, or nowhere. */
export type Found = { entry: Exclude<Entry, { kind: 'removed' }> } | { base: string } | undefined;

/**
 * Entries in memory over the machine's files. Paths are real ones. Links are followed here, so that
 * two names of one file (`/etc/pve/local/…`, `/etc/pve/nodes/<node>/…`) see the same change.
 */
export class Overlay {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly base: Files) {}

  /** The path with all links of its folders followed; of the last component only with `last`. */
  canonical(path: string, last = true, depth = 0): string {
    if (depth > 40) throw new FileError('resolve', path, new Error('Too many levels of links'));
    let at = '';
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    for (const [index, part] of parts.entries()) {
      if (part === '..') {
        at = dirname(at === '' ? '/' : at).replace(/^\/$/, '');
        continue;
      }
      at += `/${part}`;
      if (index === parts.length - 1 && !last) break;
      const target = this.linkTarget(at);
      if (target === undefined) continue;
      const rest = parts.slice(index + 1).join('/');
      const next = target.startsWith('/') ? target : `${dirname(at)}/${target}`;
      return this.canonical(rest === '' ? next : `${next}/${rest}`, last, depth + 1);
    }
    return at === '' ? '/' : at;
  }

  /** What is at a canonical path. */
  find(path: string): Found {
    const own = this.entries.get(path);
    if (own !== undefined) return own.kind === 'removed' ? undefined : { entry: own };
    const base = this.baseOf(path);
    return base !== undefined && this.base.lstat(base) !== undefined ? { base } : undefined;
  }

  set(path: string, entry: Entry): void {
    this.entries.set(path, entry);
  }

  /** Names in a folder; undefined where there is none. */
  list(path: string): string[] | undefined {
    const found = this.find(path);
    if (found === undefined) return undefined;
    if ('entry' in found && found.entry.kind !== 'directory') return undefined;
    const base = this.baseOf(path);
    const names = new Set(base === undefined ? [] : this.base.list(base));
    for (const [name, entry] of this.entries) {
      if (name === '/' || dirname(name) !== path) continue;
      const leaf = name.slice(name.lastIndexOf('/') + 1);
      if (entry.kind === 'removed') names.delete(leaf);
      else names.add(leaf);
    }
    return [...names];
  }

  /** Moves an entry, with everything the overlay has below it. */
  move(from: string, to: string, entry: Entry): void {
    const below = [...this.entries].filter(([name]) => name.startsWith(`${from}/`));
    for (const name of [...this.entries.keys()]) {
      if (name.startsWith(`${to}/`) || name.startsWith(`${from}/`)) this.entries.delete(name);
    }
    for (const [name, moved] of below) this.entries.set(to + name.slice(from.length), moved);
    this.entries.set(from, { kind: 'removed' });
    this.entries.set(to, entry);
  }

  /** The machine's path behind a path that has no entry of its own; undefined where there is none. */
  private baseOf(path: string): string | undefined {
    const own = this.entries.get(path);
    if (own !== undefined) return own.kind === 'directory' ? own.source : undefined;
    if (path === '/') return '/';
    const parent = dirname(path);
    const base = this.baseOf(parent);
    if (base === undefined) return undefined;
    return base === '/' ? path : base + path.slice(parent.length);
  }

  private linkTarget(path: string): string | undefined {
    const own = this.entries.get(path);
    if (own !== undefined) return own.kind === 'symlink' ? own.target : undefined;
    const base = this.baseOf(path);
    if (base === undefined || this.base.lstat(base)?.kind !== 'symlink') return undefined;
    return this.base.readlink(base);
  }
}
