/** Programs that read a file system out of a file, without the kernel having to trust it. */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';

export interface Entry {
  /** From the file system's root. */
  path: string;
  type: 'file' | 'directory' | 'symlink' | 'other';
  /** Bytes, where the program tells. */
  size?: number;
}

/** A file system at an offset (bytes) of a file. */
export interface Place {
  file: string;
  offset: number;
}

export interface Reader {
  /** The entries of a folder, or the one of anything else; undefined where there is none. */
  list(host: Host, place: Place, path: string): Promise<Entry[] | undefined>;
  /** Puts a file, or a folder with all in it, into the folder `into` of the machine. */
  extract(host: Host, place: Place, path: string, into: string): Promise<void>;
}

const TYPES: Record<string, Entry['type']> = { '04': 'directory', '10': 'file', '12': 'symlink' };

const ext: Reader = {
  async list(host, place, path) {
    const about = await debugfs(host, place, `stat "${path}"`);
    const type = /Type: (\w+(?: \w+)?) /.exec(about)?.[1];
    if (type === undefined) return undefined;
    if (type !== 'directory') {
      const size = Number(/ Size: (\d+)/.exec(about)?.[1] ?? 0);
      return [
        { path, type: type === 'regular' ? 'file' : type === 'symlink' ? type : 'other', size },
      ];
    }
    const folder = path.replace(/\/$/, '');
    const text = await debugfs(host, place, `ls -p "${path}"`);
    const entries: Entry[] = [];
    for (const line of text.split('\n')) {
      const match = /^\/\d+\/(\d\d)\d{4}\/\d+\/\d+\/(.*)\/(\d*)\/$/.exec(line);
      if (match === null || match[2] === '.' || match[2] === '..') continue;
      const kind = TYPES[match[1]!] ?? 'other';
      entries.push({
        path: `${folder}/${match[2]}`,
        type: kind,
        ...(kind === 'file' ? { size: Number(match[3]) } : {}),
      });
    }
    return entries;
  },
  async extract(host, place, path, into) {
    // Its root has no name of its own: what is in it comes, one by one.
    if (path === '/') {
      for (const { path: child } of (await ext.list(host, place, path)) ?? [])
        await ext.extract(host, place, child, into);
      return;
    }
    await debugfs(host, place, `rdump "${path}" "${into}"`, 'change');
  },
};

async function debugfs(
  host: Host,
  { file, offset }: Place,
  request: string,
  effect: 'read' | 'change' = 'read',
): Promise<string> {
  const { stdout, stderr } = await host.run(
    // The journal of a guest that ran is not replayed: the disk is read as it was.
    ['debugfs', '-c', '-R', request, `${file}?offset=${offset}`],
    { effect, env: { DEBUGFS_PAGER: 'cat' } },
  );
  const wrong = stderr
    .split('\n')
    .filter((line) => line !== '' && !/^debugfs \d|catastrophic mode/.test(line));
  if (wrong.length > 0 && !wrong.every((line) => /File not found/.test(line)))
    throw new PaveError(`debugfs: ${wrong.join('; ')}`);
  return stdout;
}

const fat: Reader = {
  async list(host, place, path) {
    const { code, stdout, stderr } = await mtools(host, place, 'mdir', ['-a', '-b', `::${path}`]);
    if (code !== 0) {
      if (/not found/i.test(stderr)) return undefined;
      throw new PaveError(`mdir: ${stderr.trim()}`);
    }
    return stdout
      .split('\n')
      .filter((line) => line.startsWith('::'))
      .map((line) => ({
        path: line.slice(2).replace(/\/$/, ''),
        type: line.endsWith('/') ? 'directory' : 'file',
      }));
  },
  async extract(host, place, path, into) {
    const source = path === '/' ? '::/*' : `::${path}`;
    const { code, stderr } = await mtools(host, place, 'mcopy', ['-s', '-n', '-m', source, into]);
    if (code !== 0) throw new PaveError(`mcopy: ${stderr.trim()}`);
  },
};

function mtools(host: Host, { file, offset }: Place, program: string, words: string[]) {
  return host.run([program, '-i', `${file}@@${offset}`, ...words], {
    effect: program === 'mcopy' ? 'change' : 'read',
    allowExit: 'any',
    env: { MTOOLS_SKIP_CHECK: '1' },
  });
}

const READERS: Record<string, { reader: Reader; program: string; package: string }> = {
  ext2: { reader: ext, program: 'debugfs', package: 'e2fsprogs' },
  ext3: { reader: ext, program: 'debugfs', package: 'e2fsprogs' },
  ext4: { reader: ext, program: 'debugfs', package: 'e2fsprogs' },
  vfat: { reader: fat, program: 'mdir', package: 'mtools' },
};

/** @throws PaveError naming a file system that cannot be read so */
export function readerOf(host: Host, filesystem: string | undefined, what: string): Reader {
  const found = filesystem === undefined ? undefined : READERS[filesystem];
  if (found === undefined)
    throw new PaveError(
      `${what} holds ${filesystem === undefined ? 'no known file system' : filesystem}, and only ${Object.keys(READERS).join(', ')} can be read out of an archive`,
      { hint: 'restore it to a free id (qmrestore … --unique) and mount its disk there' },
    );
  if (host.which(found.program) === undefined)
    throw new PaveError(`${found.program} is not installed`, {
      hint: `apt install ${found.package}`,
    });
  return found.reader;
}
