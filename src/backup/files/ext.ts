/** ext2, ext3 and ext4 through debugfs(8), which neither mounts nor replays the journal. */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import type { Into } from './into.js';
import type { Entry, Reader } from './readers.js';

interface Node {
  inode: number;
  name: string;
  /** File type and permission bits. */
  mode: number;
  uid: number;
  gid: number;
  size: number;
}

const DIRECTORY = 0o040000;
const REGULAR = 0o100000;
const SYMLINK = 0o120000;
const KIND = 0o170000;

export const ext: Reader = {
  async list(host, file, path) {
    const about = await debugfs(host, file, [`stat "${path}"`]);
    const type = /Type: (\w+(?: \w+)?) /.exec(about)?.[1];
    if (type === undefined) return undefined;
    if (type !== 'directory') {
      const size = Number(/ Size: (\d+)/.exec(about)?.[1] ?? 0);
      const kind = type === 'regular' ? 'file' : type === 'symlink' ? type : 'other';
      return [{ path, type: kind, size }];
    }
    const nodes = nodesIn(await debugfs(host, file, [`ls -p "${path}"`]));
    return nodes.map((node) => entryOf(path.replace(/\/$/, ''), node));
  },

  async extract(host, file, path, into) {
    const about = await debugfs(host, file, [`stat "${path}"`]);
    const node = nodeOf(about, path);
    // Its root has no name of its own: what is in it comes, one by one.
    const top = path === '/' ? into.folder : undefined;
    const tree = new Tree(host, file, into);
    if (top !== undefined) await tree.folders([{ node, at: top }]);
    else await tree.take([node], into.folder);
  },
};

function entryOf(folder: string, { name, mode, size }: Node): Entry {
  const kind = mode & KIND;
  const type =
    kind === DIRECTORY
      ? 'directory'
      : kind === REGULAR
        ? 'file'
        : kind === SYMLINK
          ? 'symlink'
          : 'other';
  return { path: `${folder}/${name}`, type, ...(type === 'file' ? { size } : {}) };
}

function nodeOf(about: string, path: string): Node {
  const number = (pattern: RegExp, radix = 10) =>
    Number.parseInt(pattern.exec(about)?.[1] ?? '0', radix);
  const type = /Type: (\w+)/.exec(about)?.[1];
  const kind =
    type === 'directory'
      ? DIRECTORY
      : type === 'regular'
        ? REGULAR
        : type === 'symlink'
          ? SYMLINK
          : 0;
  return {
    inode: number(/Inode: (\d+)/),
    name: path.slice(path.replace(/\/$/, '').lastIndexOf('/') + 1).replace(/\/$/, ''),
    mode: kind | number(/Mode:\s+(\d+)/, 8),
    uid: number(/User:\s+(\d+)/),
    gid: number(/Group:\s+(\d+)/),
    size: number(/ Size: (\d+)/),
  };
}

function nodesIn(text: string): Node[] {
  const nodes: Node[] = [];
  for (const line of text.split('\n')) {
    const match = /^\/(\d+)\/(\d{6})\/(\d+)\/(\d+)\/(.*)\/(\d*)\/$/.exec(line);
    if (match === null || match[5] === '.' || match[5] === '..' || match[1] === '0') continue;
    const [inode, mode, uid, gid] = [match[1], match[2], match[3], match[4]] as string[];
    nodes.push({
      inode: Number(inode),
      mode: Number.parseInt(mode!, 8),
      uid: Number(uid),
      gid: Number(gid),
      name: match[5]!,
      size: Number(match[6]),
    });
  }
  return nodes;
}

/** A folder with all in it, level by level: few calls of debugfs, however many files. */
class Tree {
  private readonly seen = new Set<number>();

  constructor(
    private readonly host: Host,
    private readonly file: string,
    private readonly into: Into,
  ) {}

  async folders(level: readonly { node: Node; at: string }[]): Promise<void> {
    let rest = level;
    while (rest.length > 0) {
      const fresh = rest.filter(
        ({ node }) => !this.seen.has(node.inode) && this.seen.add(node.inode),
      );
      const texts = await this.each(fresh, ({ node }) => `ls -p <${node.inode}>`);
      const below: { node: Node; at: string }[] = [];
      for (const [index, { at }] of fresh.entries())
        below.push(...(await this.put(nodesIn(texts[index]!), at)));
      rest = below;
    }
  }

  async take(nodes: readonly Node[], at: string): Promise<void> {
    await this.folders(await this.put(nodes, at));
  }

  /** Files and links; gives the folders. */
  private async put(nodes: readonly Node[], at: string): Promise<{ node: Node; at: string }[]> {
    const named = nodes.filter(({ name }) => this.into.name(name) !== undefined);
    const of = (kind: number) => named.filter(({ mode }) => (mode & KIND) === kind);
    const files = of(REGULAR).map((node) => ({ node, scratch: this.into.scratch() }));
    await this.each(
      files,
      ({ node, scratch }) => `dump -p <${node.inode}> "${this.host.path(scratch)}"`,
      'change',
    );
    for (const { node, scratch } of files) this.into.file(scratch, at, node.name);
    const links = of(SYMLINK);
    const about = await this.each(links, ({ inode }) => `stat <${inode}>`);
    for (const [index, node] of links.entries()) {
      const short = /^Fast link dest: "(.*)"$/m.exec(about[index]!)?.[1];
      const target = short ?? (await debugfs(this.host, this.file, [`cat <${node.inode}>`]));
      this.into.link(target.slice(0, node.size || undefined), at, node.name);
    }
    const folders = of(DIRECTORY);
    const times = await this.each(folders, ({ inode }) => `stat <${inode}>`);
    return folders.map((node, index) => {
      const mtime = /^\s*mtime: 0x([0-9a-f]+)/m.exec(times[index]!)?.[1];
      return {
        node,
        at: this.into.enter(at, node.name, {
          mode: node.mode & 0o7777,
          uid: node.uid,
          gid: node.gid,
          mtime: mtime === undefined ? undefined : Number.parseInt(mtime, 16),
        }),
      };
    });
  }

  /** What debugfs says to each of many requests. */
  private async each<T>(
    items: readonly T[],
    request: (item: T) => string,
    effect: 'read' | 'change' = 'read',
  ): Promise<string[]> {
    if (items.length === 0) return [];
    const text = await debugfs(this.host, this.file, items.map(request), effect);
    // It repeats each request before its answer.
    return text.split(/^debugfs: .*$/m).slice(1);
  }
}

async function debugfs(
  host: Host,
  file: string,
  requests: readonly string[],
  effect: 'read' | 'change' = 'read',
): Promise<string> {
  const many = requests.length > 1 || /^(?:dump|ls -p <|stat <)/.test(requests[0]!);
  const how = many ? ['-f', '-'] : ['-R', requests[0]!];
  const { stdout, stderr } = await host.run(['debugfs', '-c', ...how, file], {
    effect,
    diesWithUs: true,
    env: { DEBUGFS_PAGER: 'cat' },
    ...(many ? { input: `${requests.join('\n')}\n` } : {}),
  });
  const wrong = stderr
    .split('\n')
    .filter((line) => line !== '' && !/^debugfs \d|catastrophic mode/.test(line));
  if (wrong.length > 0 && !wrong.every((line) => /File not found/.test(line)))
    throw new PaveError(`debugfs: ${wrong.slice(0, 5).join('; ')}`);
  return stdout;
}
