/** FAT file systems through mtools(1). */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import type { Into } from './into.js';
import type { Entry, Reader } from './readers.js';

export const fat: Reader = {
  list,
  async extract(host, file, path, into) {
    const entries = await list(host, file, path);
    const self = entries?.length === 1 && entries[0]!.path === path && entries[0]!.type === 'file';
    const name = path.replace(/\/$/, '').split('/').at(-1)!;
    if (self) return await copy(host, file, path, into, into.folder, name);
    const at = path === '/' ? into.folder : into.enter(into.folder, name);
    await folder(host, file, entries ?? [], into, at);
  },
};

async function list(host: Host, file: string, path: string): Promise<Entry[] | undefined> {
  const { code, stdout, stderr } = await mtools(host, file, 'mdir', ['-a', '-b', `::${path}`]);
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
}

async function folder(
  host: Host,
  file: string,
  entries: readonly Entry[],
  into: Into,
  at: string,
): Promise<void> {
  for (const { path, type } of entries) {
    const name = into.name(path.split('/').at(-1)!);
    if (name === undefined) continue;
    if (type === 'file') await copy(host, file, path, into, at, name);
    else
      await folder(
        host,
        file,
        (await list(host, file, `${path}/`)) ?? [],
        into,
        into.enter(at, name),
      );
  }
}

async function copy(
  host: Host,
  file: string,
  path: string,
  into: Into,
  at: string,
  name: string,
): Promise<void> {
  const scratch = into.scratch();
  const words = ['-n', '-m', `::${path}`, host.path(scratch)];
  const { code, stderr } = await mtools(host, file, 'mcopy', words);
  if (code !== 0) throw new PaveError(`mcopy: ${stderr.trim()}`);
  into.file(scratch, at, name);
}

function mtools(host: Host, file: string, program: string, words: string[]) {
  return host.run([program, '-i', file, ...words], {
    effect: program === 'mcopy' ? 'change' : 'read',
    allowExit: 'any',
    diesWithUs: true,
    env: { MTOOLS_SKIP_CHECK: '1' },
  });
}
