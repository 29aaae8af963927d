/** Making, changing and removing disk images in a folder. Source: Plugin.pm of the original. */
import { PaveError } from '../../errors.js';
import { formatSize } from '../../schema/units.js';
import type { AllocRequest, StorageContext, StorageSection } from '../types.js';
import { imageInfo } from './image-info.js';
import { subdir, volumeFile } from './layout.js';
import { parseDirVolname, parseImageName } from './names.js';

const MAX_VOLUMES = 16384;

/** `vm-100-disk-0.qcow2`: the lowest number no image of the guest has, whatever its kind. */
export function freeDiskName(names: readonly string[], vmid: number, format: string): string {
  const taken = new Set<number>();
  for (const name of names) {
    const match = new RegExp(`(?:vm|base|subvol|basevol)-${vmid}-disk-(\\d+)`).exec(name);
    if (match !== null) taken.add(Number(match[1]));
  }
  for (let i = 0; i < MAX_VOLUMES; i++) {
    if (!taken.has(i))
      return `${format === 'subvol' ? 'subvol' : 'vm'}-${vmid}-disk-${i}.${format}`;
  }
  throw new PaveError(`unable to allocate an image name for VM ${vmid}`);
}

function preallocation(storage: StorageSection, format: string): string | undefined {
  const wanted = storage.values.get('preallocation');
  if (format === 'qcow2') return wanted ?? 'metadata';
  if (format === 'raw') return wanted === undefined || wanted === 'metadata' ? 'off' : wanted;
  return undefined;
}

/**
 * A new image. It is made under a name that no list shows and renamed when whole: killed in the
 * middle, nothing is left that passes for a volume; the next allocation removes what was left.
 */
export async function allocImage(
  ctx: StorageContext,
  storage: StorageSection,
  request: AllocRequest,
): Promise<string> {
  const { files } = ctx.host;
  const { vmid, format } = request;
  const folder = `${subdir(storage, 'images')}/${vmid}`;
  const present = files.list(folder) ?? [];
  const name = request.name ?? freeDiskName(present, vmid, format);
  if (name.includes('/') || name.includes('..'))
    throw new PaveError(`illegal name '${name}' - it may not hold slashes`);
  const parsed = parseImageName(name);
  if (parsed.format !== format) {
    throw new PaveError(
      `illegal name '${name}' - wrong extension for format ('${parsed.format}' != '${format}')`,
    );
  }
  const path = `${folder}/${name}`;
  if (files.lstat(path) !== undefined) throw new PaveError(`disk image '${path}' already exists`);
  for (const left of present.filter((entry) => /^\.new-/.test(entry)))
    files.unlink(`${folder}/${left}`);
  files.mkdir(folder);
  if (format === 'subvol') {
    if (request.size !== 0)
      throw new PaveError('storage does not support subvol quotas', { hint: 'give a size of 0' });
    files.mkdir(path, { mode: 0o755, exclusive: true });
    return `${vmid}/${name}`;
  }
  const draft = `${folder}/.new-${name}`;
  try {
    const mode = preallocation(storage, format);
    await ctx.host.run(
      [
        'qemu-img',
        'create',
        '-q',
        ...(mode === undefined ? [] : ['-o', `preallocation=${mode}`]),
        '-f',
        format,
        ctx.host.path(draft),
        `${Math.ceil(request.size / 1024)}K`,
      ],
      { effect: 'change', purpose: `a ${formatSize(request.size)} ${format} image for ${vmid}` },
    );
    files.chmod(draft, 0o640);
    files.rename(draft, path);
  } catch (error) {
    files.unlink(draft);
    removeIfEmpty(ctx, folder);
    throw error;
  }
  return `${vmid}/${name}`;
}

function removeIfEmpty(ctx: StorageContext, folder: string): void {
  if ((ctx.host.files.list(folder) ?? ['?']).length === 0) ctx.host.files.rmdir(folder);
}

/** Removes a volume of any content type; one that is gone already is no error. */
export async function freeFile(
  ctx: StorageContext,
  storage: StorageSection,
  volname: string,
): Promise<void> {
  const { host } = ctx;
  const { path, vtype } = volumeFile(storage, volname);
  if (vtype === 'backup' && host.files.exists(`${path}.protected`)) {
    throw new PaveError(`cannot remove protected volume '${volname}' on '${storage.storeid}'`);
  }
  const parsed = parseDirVolname(volname);
  if (parsed.isBase) await setImmutable(ctx, path, false);
  if (parsed.format === 'subvol') {
    await host.run(['rm', '-rf', '--one-file-system', '--', host.path(path)], { effect: 'change' });
  } else {
    host.files.unlink(path);
  }
  if (vtype === 'backup') {
    host.files.unlink(`${path}.notes`);
    host.files.unlink(path.replace(/\.(tgz|(tar|vma)(\.\w+)?)$/, '.log'));
  }
  if (vtype === 'images') removeIfEmpty(ctx, path.slice(0, path.lastIndexOf('/')));
}

/** Where the file system has the flag; elsewhere the file mode alone protects. */
async function setImmutable(ctx: StorageContext, path: string, on: boolean): Promise<void> {
  await ctx.host.run(['chattr', on ? '+i' : '-i', ctx.host.path(path)], {
    effect: 'change',
    allowExit: 'any',
  });
}

/** The volume becomes a base image that nobody writes to; gives its new name. */
export async function makeBase(
  ctx: StorageContext,
  storage: StorageSection,
  volname: string,
): Promise<string> {
  const parsed = parseDirVolname(volname);
  if (parsed.isBase) throw new PaveError('create_base not possible with base image');
  if (parsed.vtype !== 'images')
    throw new PaveError(`create_base on wrong vtype '${parsed.vtype}'`);
  const { path } = volumeFile(storage, volname);
  const info = imageInfo(ctx.host, path, parsed.format!);
  if (info === undefined)
    throw new PaveError(`volume '${storage.storeid}:${volname}' does not exist`);
  if (parsed.basename !== undefined && info.parent !== `../${parsed.basevmid}/${parsed.basename}`) {
    throw new PaveError(`volname '${volname}' contains wrong information about parent`);
  }
  const name = parsed.name.replace(/^vm-/, 'base-');
  const prefix = parsed.basename === undefined ? '' : `${parsed.basevmid}/${parsed.basename}/`;
  const next = `${prefix}${parsed.vmid}/${name}`;
  const target = volumeFile(storage, next).path;
  if (ctx.host.files.exists(target)) throw new PaveError(`file '${target}' already exists`);
  ctx.host.files.rename(path, target);
  ctx.host.files.chmod(target, 0o444);
  await setImmutable(ctx, target, true);
  return next;
}

/** A linked clone: a qcow2 image on top of a base image, by a relative name. */
export async function cloneImage(
  ctx: StorageContext,
  storage: StorageSection,
  volname: string,
  vmid: number,
): Promise<string> {
  const base = parseDirVolname(volname);
  if (!base.isBase) throw new PaveError('clone_image only works on base images');
  if (base.format === 'subvol')
    throw new PaveError('this storage type does not support clone_image on subvolumes');
  const folder = `${subdir(storage, 'images')}/${vmid}`;
  ctx.host.files.mkdir(folder);
  const name = freeDiskName(ctx.host.files.list(folder) ?? [], vmid, 'qcow2');
  const draft = `.new-${name}`;
  try {
    await ctx.host.run(
      [
        'qemu-img',
        'create',
        '-q',
        '-b',
        `../${base.vmid}/${base.name}`,
        '-F',
        base.format!,
        '-f',
        'qcow2',
        draft,
      ],
      { effect: 'change', cwd: folder },
    );
    ctx.host.files.rename(`${folder}/${draft}`, `${folder}/${name}`);
  } catch (error) {
    ctx.host.files.unlink(`${folder}/${draft}`);
    removeIfEmpty(ctx, folder);
    throw error;
  }
  return `${base.vmid}/${base.name}/${vmid}/${name}`;
}

/** Grows an image; QEMU does it itself while a guest has it open. */
export async function resizeImage(
  ctx: StorageContext,
  storage: StorageSection,
  volname: string,
  size: number,
  running: boolean,
): Promise<void> {
  if (running) return;
  const { format } = parseDirVolname(volname);
  if (format === 'subvol') throw new PaveError("can't resize this image format");
  const { path } = volumeFile(storage, volname);
  const grow = format === 'qcow2' ? [] : ['--preallocation=off'];
  await ctx.host.run(
    ['qemu-img', 'resize', '-q', '-f', format!, ...grow, ctx.host.path(path), String(size)],
    { effect: 'change' },
  );
}

/** Snapshots inside a qcow2 image that no guest has open. */
export async function imageSnapshot(
  ctx: StorageContext,
  storage: StorageSection,
  volname: string,
  option: '-c' | '-d' | '-a',
  snapshot: string,
): Promise<void> {
  const { path } = volumeFile(storage, volname, snapshot);
  await ctx.host.run(['qemu-img', 'snapshot', option, snapshot, ctx.host.path(path)], {
    effect: 'change',
  });
}
