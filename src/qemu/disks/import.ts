/** Filling a new volume from an image that somebody else made. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import { probePlatform } from '../../host/platform.js';
import {
  bandwidthLimit,
  loadStorages,
  parseVolid,
  parseVolume,
  tryParseVolid,
  volumeHasFeature,
  volumePath,
} from '../../storage/index.js';
import { convertVolume } from '../img/run.js';

export interface ImportSource {
  /** As it was given: a volume id or a path. */
  name: string;
  path: string;
  format: string;
  /** Bytes the guest will see. */
  size: number;
}

interface ImgInfo {
  'virtual-size': number;
  format: string;
  'backing-filename'?: string;
  'format-specific'?: { type: string; data?: { 'data-file'?: string; extents?: unknown[] } };
}

/**
 * Size and format of a source. An image of unknown origin can name other files of the host as its
 * backing or data file, and reading it would give them to the guest: such images are refused.
 * @throws PaveError
 */
export async function sourceInfo(ctx: Context, source: string): Promise<ImportSource> {
  const path = source.startsWith('/') ? ctx.host.path(source) : volumePath(ctx, source);
  const own = source.startsWith('/') ? undefined : parseVolume(ctx, source);
  const trusted = own?.vtype === 'images';
  if (ctx.host.files.stat(path)?.kind === 'block') {
    const { stdout } = await ctx.host.run(['blockdev', '--getsize64', path], { effect: 'read' });
    return { name: source, path, format: 'raw', size: Number(stdout) };
  }
  const named = own?.format ?? /\.(qcow2|vmdk|raw|vdi|vhdx)$/i.exec(path)?.[1]?.toLowerCase();
  const { stdout } = await ctx.host.run(
    ['qemu-img', 'info', '--output=json', ...(named === undefined ? [] : ['-f', named]), path],
    { effect: 'read' },
  );
  const info = JSON.parse(stdout) as ImgInfo;
  const details = info['format-specific'];
  const foreign =
    info['backing-filename'] ??
    details?.data?.['data-file'] ??
    (details?.type === 'vmdk' && (details.data?.extents?.length ?? 0) > 1
      ? 'several extents'
      : undefined);
  if (!trusted && foreign !== undefined) {
    throw new PaveError(`cannot import from '${source}' - it refers to other files (${foreign})`, {
      hint: `if you trust it, flatten it first: qemu-img convert -O qcow2 ${path} flat.qcow2`,
    });
  }
  return { name: source, path, format: info.format, size: info['virtual-size'] };
}

/**
 * Copies a source into a new volume of its size; what the volume reads as zero is not written.
 * `bwlimit` in KiB/s, 0: none; else the storages' limits for clones hold, as in the original.
 */
export async function importInto(
  ctx: Context,
  source: ImportSource,
  volid: string,
  bwlimit?: number,
): Promise<void> {
  const { flavour } = await qemuFlavour(ctx);
  const from = tryParseVolid(source.name)?.storeid;
  const limit = bandwidthLimit({
    operation: 'clone',
    storeids: [...(from === undefined ? [] : [from]), parseVolid(volid).storeid],
    override: bwlimit,
    datacenter: /^bwlimit:\s*(\S+)/m.exec(ctx.store.read('datacenter.cfg') ?? '')?.[1],
    storages: loadStorages(ctx),
    mayOverride: () => true,
  });
  if (limit) ctx.out.line(`limited to ${limit} KiB/s`);
  let last = -1;
  try {
    await convertVolume(ctx, {
      source: source.name,
      sourceFormat: source.format,
      target: volid,
      size: source.size,
      bwlimit: limit || undefined,
      zeroInitialized: volumeHasFeature(ctx, 'sparseinit', volid),
      flavour,
      progress: (state) => {
        const percent = Math.floor((state.done * 100) / Math.max(1, state.total));
        if (percent === last) return;
        last = percent;
        ctx.out.progress(state);
      },
    });
  } finally {
    ctx.out.progressEnd();
  }
}

async function qemuFlavour(ctx: Context): Promise<{ flavour: 'pve' | 'stock' }> {
  const { qemu } = await probePlatform(ctx.host);
  return { flavour: qemu.x86_64?.flavour ?? 'stock' };
}
