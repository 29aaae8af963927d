/** Filling a new volume from an image that somebody else made. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import { parseVolume, volumePath } from '../../storage/index.js';

export interface ImportSource {
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
    return { path, format: 'raw', size: Number(stdout) };
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
  return { path, format: info.format, size: info['virtual-size'] };
}

/** Copies a source into a volume of its size; zeroes are not written. */
export async function importInto(ctx: Context, source: ImportSource, volid: string): Promise<void> {
  const { format } = parseVolume(ctx, volid);
  const target = volumePath(ctx, volid);
  let last = -1;
  await ctx.host.run(
    [
      'qemu-img',
      'convert',
      '-p',
      '-n',
      '-f',
      source.format,
      '-O',
      format ?? 'raw',
      '--target-is-zero',
      source.path,
      target,
    ],
    {
      effect: 'change',
      onStdout: (line) => {
        const percent = Number(/\(([\d.]+)\/100%\)/.exec(line)?.[1] ?? Number.NaN);
        if (Number.isNaN(percent) || Math.floor(percent) === last) return;
        last = Math.floor(percent);
        ctx.out.progress({
          done: percent,
          total: 100,
          text: `transferred ${bytes((source.size * percent) / 100)} of ${bytes(source.size)}`,
        });
      },
    },
  );
  ctx.out.progressEnd();
}

function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}
