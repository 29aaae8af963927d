/**
 * Putting what a guest wrote into a folder of this machine. Its names are not to be trusted: none
 * leads out of the folder, and links are made last, so that nothing is written through them.
 */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';

export interface Attributes {
  /** Permission bits. */
  mode: number;
  uid: number;
  gid: number;
  /** Seconds since the epoch. */
  mtime?: number | undefined;
}

export class Into {
  private readonly links: { target: string; path: string }[] = [];
  private readonly folders: { path: string; about: Attributes }[] = [];
  private count = 0;
  private readonly open = new Set<string>();

  /** `folder`: a Host path, which is there; `warn` hears of what cannot be put there. */
  constructor(
    private readonly host: Host,
    readonly folder: string,
    private readonly warn: (text: string) => void,
  ) {
    // Of a command that was killed.
    for (const name of host.files.list(folder) ?? []) {
      const pid = /^\.pave-part-(\d+)-\d+$/.exec(name)?.[1];
      if (pid !== undefined && !host.processes.alive(Number(pid)))
        host.files.unlink(`${folder}/${name}`);
    }
  }

  /** A name that stands for itself; undefined (and told) for one that does not. */
  name(name: string): string | undefined {
    const fits = name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
    if (!fits) this.warn(`left out, no name for a file: ${JSON.stringify(name)}`);
    return fits ? name : undefined;
  }

  /** A folder below; `about` takes effect at the end. @throws PaveError where something else is there */
  enter(parent: string, name: string, about?: Attributes): string {
    const path = `${parent}/${name}`;
    const there = this.host.files.lstat(path)?.kind;
    if (there !== undefined && there !== 'directory')
      throw new PaveError(`'${this.host.path(path)}' is there already, and no folder`);
    if (there === undefined) this.host.files.mkdir(path, { mode: 0o700 });
    if (about !== undefined) this.folders.push({ path, about });
    return path;
  }

  /** A new file beside those to come, for a program to write to. */
  scratch(): string {
    const path = `${this.folder}/.pave-part-${this.host.processes.self}-${++this.count}`;
    this.open.add(path);
    return path;
  }

  /** A scratch file gets its name; one that is there is replaced. */
  file(scratch: string, parent: string, name: string): void {
    this.host.files.rename(scratch, `${parent}/${name}`);
    this.open.delete(scratch);
  }

  link(target: string, parent: string, name: string): void {
    this.links.push({ target, path: `${parent}/${name}` });
  }

  /** Links, and what folders look like; to be called once. */
  finish(): void {
    const { files } = this.host;
    for (const path of this.open) files.unlink(path);
    for (const { target, path } of this.links) {
      const there = files.lstat(path)?.kind;
      if (there === 'directory') {
        this.warn(`left out, a folder is there: ${path}`);
        continue;
      }
      if (there !== undefined) files.unlink(path);
      files.symlink(target, path);
    }
    for (const { path, about } of this.folders.reverse()) {
      files.chown(path, about.uid, about.gid);
      files.chmod(path, about.mode);
      if (about.mtime !== undefined) files.utimes(path, about.mtime);
    }
  }
}
