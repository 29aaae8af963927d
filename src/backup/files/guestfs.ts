/**
 * All other file systems, and volumes of LVM, through guestfish(1): it boots a small machine of its
 * own, emulated where need be, whose kernel reads the disk, not ours.
 */
import { PaveError } from '../../errors.js';
import { probeKvm } from '../../host/platform.js';
import type { Host } from '../../host/types.js';
import type { Entry, Reader } from './readers.js';

const KINDS: Record<string, Entry['type']> = { d: 'directory', r: 'file', l: 'symlink' };
const MODES: Record<number, Entry['type']> = { 4: 'directory', 8: 'file', 10: 'symlink' };

/** `volumes`: the disk holds a volume group, and paths begin with a group and a volume. */
export const guestfs = (volumes: boolean): Reader => ({
  async list(host, file, path) {
    const place = await placeOf(host, file, path, volumes);
    if (typeof place !== 'string') return place;
    const [device, inner] = place.split('\n') as [string, string];
    const mount = ['mount-ro', device, '/'];
    // What is no folder has no entries, and that is no error here.
    const text = await guestfish(host, file, [mount, ['-lstatns', inner], ['-readdir', inner]]);
    const mode = /^st_mode: (\d+)$/m.exec(text)?.[1];
    if (mode === undefined) return undefined;
    const type = MODES[Number(mode) >> 12] ?? 'other';
    if (type !== 'directory')
      return [{ path, type, size: Number(/^st_size: (\d+)$/m.exec(text)?.[1] ?? 0) }];
    const folder = path.replace(/\/$/, '');
    return [...text.matchAll(/^\s*ftyp: (.)\n\s*name: (.*)$/gm)].flatMap(([, kind, name]) =>
      name === '.' || name === '..'
        ? []
        : [{ path: `${folder}/${name}`, type: KINDS[kind!] ?? 'other' }],
    );
  },

  async extract(host, file, path, into) {
    const place = await placeOf(host, file, path, volumes);
    if (typeof place !== 'string')
      throw new PaveError(`'${path}' is no folder of a file system`, {
        hint: 'name a volume as well: …/<group>/<volume>/<path>',
      });
    const [device, inner] = place.split('\n') as [string, string];
    const name = inner.replace(/\/$/, '').split('/').at(-1)!;
    const mount = ['mount-ro', device, '/'];
    const about = await guestfish(host, file, [mount, ['lstatns', inner]]);
    const value = (key: string) =>
      Number(new RegExp(`^st_${key}: (\\d+)$`, 'm').exec(about)?.[1] ?? 0);
    const type = MODES[value('mode') >> 12];
    if (type === 'directory') {
      const attributes = {
        mode: value('mode') & 0o7777,
        uid: value('uid'),
        gid: value('gid'),
        mtime: value('mtime_sec'),
      };
      const at = name === '' ? into.folder : into.enter(into.folder, name, attributes);
      // tar(1) lets no name lead out of the folder, and makes links last.
      await host.pipe(
        [
          {
            argv: command(file, [mount, ['tar-out', inner, '-', 'numericowner:true']]),
            env: await environment(host),
          },
          { argv: ['tar', '-x', '-p', '--numeric-owner', '-C', host.path(at)] },
        ],
        { effect: 'change', diesWithUs: true, purpose: 'extract a folder' },
      );
    } else if (type === 'file') {
      const scratch = into.scratch();
      await guestfish(host, file, [mount, ['download', inner, host.path(scratch)]]);
      host.files.chown(scratch, value('uid'), value('gid'));
      host.files.chmod(scratch, value('mode') & 0o7777);
      host.files.utimes(scratch, value('mtime_sec'));
      into.file(scratch, into.folder, name);
    } else if (type === 'symlink') {
      const target = await guestfish(host, file, [mount, ['readlink', inner]]);
      into.link(target.replace(/\n$/, ''), into.folder, name);
    } else throw new PaveError(`'${path}' is neither a file nor a folder`);
  },
});

/** Of disks with volumes, by their files: each look at one starts a machine. */
const volumesOf = new Map<string, Promise<string[]>>();

async function listVolumes(host: Host, file: string): Promise<string[]> {
  const text = await guestfish(host, file, [['list-filesystems']]);
  return [...text.matchAll(/^\/dev(\/[^/\s]+\/[^/\s]+): (\S+)$/gm)].map(([, own]) => own!);
}

/** Device and path, with a line break between; or the volumes, where a path ends above them. */
async function placeOf(
  host: Host,
  file: string,
  path: string,
  volumes: boolean,
): Promise<string | Entry[] | undefined> {
  if (!volumes) return `/dev/sda\n${path}`;
  const listed = volumesOf.get(file) ?? listVolumes(host, file);
  volumesOf.set(file, listed);
  const found = await listed;
  const own = found.find((volume) => path === volume || path.startsWith(`${volume}/`));
  if (own !== undefined) return `/dev${own}\n${path.slice(own.length) || '/'}`;
  return path === '/' ? found.map((volume) => ({ path: volume, type: 'directory' })) : undefined;
}

/** Its machine is emulated where KVM does not really work. */
async function environment(host: Host): Promise<Record<string, string>> {
  const { kvm } = await probeKvm(host);
  return {
    LIBGUESTFS_BACKEND: 'direct',
    ...(kvm === 'usable' ? {} : { LIBGUESTFS_BACKEND_SETTINGS: 'force_tcg' }),
  };
}

function command(file: string, calls: readonly (readonly string[])[]): string[] {
  const words = calls.flatMap((call) => [':', ...call]);
  // It resolves links first, and the root of another process is one: so it runs where the file is.
  const [, pid, path] = /^\/proc\/(\d+)\/root(\/.*)$/.exec(file) ?? [];
  const inside = pid === undefined ? [] : ['nsenter', `--mount=/proc/${pid}/ns/mnt`, '--'];
  return [
    ...inside,
    'guestfish',
    '--ro',
    '--format=raw',
    '-a',
    path ?? file,
    '--',
    'run',
    ...words,
  ];
}

async function guestfish(
  host: Host,
  file: string,
  calls: readonly (readonly string[])[],
): Promise<string> {
  // Else it takes the word for the end of a command.
  if (calls.some((call) => call.includes(':'))) throw new PaveError("':' is no name for guestfish");
  const { stdout } = await host.run(command(file, calls), {
    effect: 'read',
    env: await environment(host),
    diesWithUs: true,
    purpose: 'read a file system',
  });
  return stdout;
}
