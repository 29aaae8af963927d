/** Folders whose path leads through a link to nowhere: `/var/lock` where `/run` is still bare. */
import * as fs from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errnoOf } from './errors.js';

/** Like `mkdir -p`, and makes what links on the way point to. @throws the system's error */
export function makeFolders(path: string, mode = 0o755): void {
  try {
    fs.mkdirSync(path, { recursive: true, mode });
  } catch (error) {
    const code = errnoOf(error);
    const target = code === 'ENOENT' || code === 'EEXIST' ? danglingIn(path) : undefined;
    if (target === undefined) throw error;
    makeFolders(target);
    fs.mkdirSync(path, { recursive: true, mode });
  }
}

/** Where the first link on the way that leads nowhere points to. */
function danglingIn(path: string): string | undefined {
  const parent = dirname(path);
  const above = parent === path ? undefined : danglingIn(parent);
  if (above !== undefined) return above;
  try {
    return fs.existsSync(path) ? undefined : resolve(parent, fs.readlinkSync(path));
  } catch {
    return undefined;
  }
}
