/** Opening an archive wherever it is and however it was packed. */
import { messageOf, PaveError } from '../errors.js';
import { CommandError } from '../host/command-errors.js';
import type { Host } from '../host/types.js';
import { activateVolumes, parseVolume, tryParseVolid, volumePath } from '../storage/index.js';
import type { StorageContext } from '../storage/types.js';
import { type ByteSource, fdSource } from './vma/read.js';

export interface OpenedArchive extends ByteSource {
  /** Bytes of the file, packed as it is; undefined for standard input. */
  readonly size: number | undefined;
  /**
   * Ends it. When it was read to its end, or its data turned out as damaged, that is also where a
   * program that unpacks it tells its fault.
   * @throws PaveError
   */
  finish(): Promise<void>;
  /** Ends it whatever happens. */
  close(): void;
}

interface Packer {
  name: string;
  magic: number[];
  /** Unpacks the file that follows to standard output. */
  argv: string[];
}

const PACKERS: readonly Packer[] = [
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], argv: ['zstd', '-q', '-d', '-c', '--'] },
  { name: 'gzip', magic: [0x1f, 0x8b], argv: ['gzip', '-d', '-c', '--'] },
  { name: 'lzop', magic: [0x89, 0x4c, 0x5a, 0x4f], argv: ['lzop', '-d', '-c', '--'] },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68], argv: ['bzip2', '-d', '-c', '--'] },
];

/** The program that packed something, by its first bytes. */
export function packerOf(start: Uint8Array): Packer | undefined {
  return PACKERS.find(({ magic }) => magic.every((byte, index) => start[index] === byte));
}

/** Is the file packed? @throws FileError */
export async function isPacked(host: Host, path: string): Promise<boolean> {
  const { fd, close } = host.open(path, 'r');
  try {
    const start = Buffer.alloc(8);
    await host.bulk.readFull(fd, start, 0);
    return packerOf(start) !== undefined;
  } finally {
    close();
  }
}

/** The file of an archive given as a volume id or a path. @throws PaveError */
export async function archivePath(ctx: StorageContext, archive: string): Promise<string> {
  const volid = !archive.startsWith('/') && tryParseVolid(archive) !== undefined;
  if (volid) {
    const { vtype } = parseVolume(ctx, archive);
    if (vtype !== 'backup')
      throw new PaveError(`unable to use volume ${archive} - content type needs to be 'backup'`);
    await activateVolumes(ctx, [archive]);
  }
  const path = volid ? volumePath(ctx, archive) : archive;
  const kind = ctx.host.files.stat(path)?.kind;
  if (kind === undefined || kind === 'directory')
    throw new PaveError(`can't find file '${archive}'`);
  return path;
}

/** `path` as the Host knows it, or `-` for standard input, which must not be packed. */
export async function openArchive(host: Host, path: string): Promise<OpenedArchive> {
  if (path === '-') return standardInput(host);
  const { fd, close } = host.open(path, 'r');
  try {
    const stat = host.files.stat(path);
    const seekable = stat?.kind === 'file' || stat?.kind === 'block';
    const start = Buffer.alloc(8);
    if (seekable) await host.bulk.readFull(fd, start, 0);
    const packer = packerOf(start);
    if (packer !== undefined) {
      close();
      return await unpacking(host, path, packer, stat?.size);
    }
    const closeOnce = once(close);
    return {
      ...fdSource(host, fd, host.path(path)),
      size: seekable ? stat?.size : undefined,
      finish: async () => closeOnce(),
      close: closeOnce,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}

function standardInput(host: Host): OpenedArchive {
  const source = fdSource(host, 0, 'standard input');
  let begun = false;
  return {
    name: source.name,
    size: undefined,
    async read(into) {
      const got = await source.read(into);
      const packer = begun ? undefined : packerOf(into.subarray(0, got));
      begun = true;
      if (packer !== undefined)
        throw new PaveError(`standard input is packed with ${packer.name}`, {
          hint: `unpack it on its way: … | ${packer.argv.slice(0, -1).join(' ')} | …`,
        });
      return got;
    },
    finish: async () => {},
    close: () => {},
  };
}

async function unpacking(
  host: Host,
  path: string,
  packer: Packer,
  size: number | undefined,
): Promise<OpenedArchive> {
  const name = host.path(path);
  const pipe = await host.makePipe();
  const stop = new AbortController();
  let fault: unknown;
  const ended = host
    .pipe([{ argv: [...packer.argv, name] }], {
      effect: 'read',
      outputFile: pipe.write,
      signal: stop.signal,
      purpose: 'unpack the archive',
    })
    .catch((error) => {
      if (!stop.signal.aborted) fault = error;
    })
    // Ours is open as long as it runs: the reader sees the end when both are closed.
    .finally(() => pipe.close('write'));
  const source = fdSource(host, pipe.read, name);
  return {
    ...source,
    size,
    async finish() {
      // What it still has to say comes when it is read to its end, or finds that nobody reads.
      pipe.close('read');
      await ended;
      if (fault !== undefined && !isBrokenPipe(fault)) {
        throw new PaveError(`'${name}' cannot be unpacked: ${messageOf(fault)}`, { cause: fault });
      }
    },
    close() {
      stop.abort();
      pipe.close('read');
    },
  };
}

/** Ended by our closing the pipe early. */
function isBrokenPipe(error: unknown): boolean {
  return (
    error instanceof CommandError &&
    (error.code === 141 || error.stderr.some((line) => /Broken pipe/i.test(line)))
  );
}

/**
 * Does something with an archive and ends it. A program that unpacks it knows best why the data is
 * no good: its word comes first.
 */
export async function withArchive<T>(
  archive: OpenedArchive,
  work: (archive: OpenedArchive) => Promise<T>,
): Promise<T> {
  try {
    const result = await work(archive);
    await archive.finish();
    return result;
  } catch (error) {
    await archive.finish();
    throw error;
  } finally {
    archive.close();
  }
}
