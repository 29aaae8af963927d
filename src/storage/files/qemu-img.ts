/** Images made with qemu-img. Source of the options: Plugin.pm and Common.pm of the original. */
import { PaveError } from '../../errors.js';
import type { StorageContext, StorageSection } from '../types.js';
import { draftName, publish } from './drafts.js';

const MODES: Record<string, readonly string[]> = {
  qcow2: ['off', 'metadata', 'falloc', 'full'],
  raw: ['off', 'falloc', 'full'],
};

/** How much of a new image takes its place at once; undefined where the format knows no such thing. */
export function preallocation(storage: StorageSection, format: string): string | undefined {
  const modes = MODES[format];
  if (modes === undefined) return undefined;
  const wanted = storage.values.get('preallocation') ?? 'metadata';
  const mode = format === 'raw' && wanted === 'metadata' ? 'off' : wanted;
  if (!modes.includes(mode))
    throw new PaveError(`preallocation mode '${mode}' not supported by format '${format}'`, {
      hint: `pvesm set ${storage.storeid} --preallocation ${modes[0]}`,
    });
  return mode;
}

export interface NewImage {
  folder: string;
  name: string;
  format: string;
  /** Bytes; of a clone the size is its base's. */
  size?: number;
  preallocation?: string | undefined;
  /** What it is a clone of, relative to its folder. */
  backing?: { file: string; format: string };
  purpose: string;
}

/** Makes the image whole or not at all. */
export async function createImage(ctx: StorageContext, image: NewImage): Promise<void> {
  const { host } = ctx;
  // A dry run shows the name the image will have.
  const name = host.dryRun ? image.name : draftName(ctx, image.name);
  const draft = `${image.folder}/${name}`;
  const options = [
    ...(image.backing === undefined ? [] : ['extended_l2=on', 'cluster_size=128k']),
    ...(image.preallocation === undefined ? [] : [`preallocation=${image.preallocation}`]),
  ];
  const argv = ['qemu-img', 'create', '-q', '-f', image.format];
  if (image.backing !== undefined) argv.push('-F', image.backing.format, '-b', image.backing.file);
  if (options.length > 0) argv.push('-o', options.join(','));
  argv.push(host.path(draft));
  if (image.size !== undefined) argv.push(`${Math.ceil(image.size / 1024)}K`);
  try {
    await host.run(argv, { effect: 'change', purpose: image.purpose });
    if (!host.dryRun) await publish(ctx, draft, `${image.folder}/${image.name}`);
  } catch (error) {
    if (!host.dryRun) host.files.unlink(draft);
    throw error;
  }
}
