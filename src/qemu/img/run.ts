/** Copying a volume with qemu-img, with its progress told as it goes. */
import { messageOf, PaveError } from '../../errors.js';
import { InterruptedError } from '../../host/errors.js';
import { renderBytes } from '../../schema/render.js';
import { activateVolumes, loadStorages, tryParseVolid } from '../../storage/index.js';
import type { StorageContext } from '../../storage/types.js';
import { type ConvertNames, convertCommand, resolveEnds } from './convert.js';

export interface ConvertOptions extends ConvertNames {
  /** Bytes of the source, for what is told of the progress. */
  size: number;
  /** KiB/s. */
  bwlimit?: number | undefined;
  /** The target is new and reads as zeroes. */
  zeroInitialized?: boolean | undefined;
  /** Which QEMU this machine has; see the platform probe. */
  flavour: 'pve' | 'stock';
  progress?: (state: { done: number; total: number; text: string }) => void;
}

/** @throws PaveError `copy failed: …`; the target then holds part of the data */
export async function convertVolume(ctx: StorageContext, options: ConvertOptions): Promise<void> {
  const { host } = ctx;
  const { source, target, snapshot } = options;
  if (tryParseVolid(source) !== undefined) await activateVolumes(ctx, [source], snapshot);
  const ends = resolveEnds(
    {
      source: tryParseVolid(source) === undefined ? host.path(source) : source,
      target,
      snapshot,
      sourceFormat: options.sourceFormat,
    },
    {
      storages: loadStorages(ctx),
      // In a dry run a program that would have made it has not.
      exists: (path) =>
        host.dryRun || ['file', 'block'].includes(host.files.stat(path)?.kind ?? ''),
    },
  );
  ends.source.path = host.path(ends.source.path);
  ends.target.path = host.path(ends.target.path);
  const argv = convertCommand({
    ...ends,
    bwlimit: options.bwlimit,
    zeroInitialized: options.zeroInitialized,
    flavour: options.flavour,
    initiatorName: initiatorName(ctx),
  });
  const purpose = `copy ${source} to ${target}`;
  try {
    await host.run(argv, {
      effect: 'change',
      diesWithUs: true,
      purpose,
      onStdout: (line) => {
        const percent = /\((\S+)\/100%\)/.exec(line)?.[1];
        if (percent !== undefined) options.progress?.(transferred(options.size, percent));
      },
    });
    // qemu-img leaves its data to the page cache: a config must not outlive its disk.
    if (ends.target.path.startsWith('/'))
      await host.run(['sync', ends.target.path], { effect: 'change' });
  } catch (error) {
    if (error instanceof InterruptedError) throw error;
    throw new PaveError(`copy failed: ${messageOf(error)}`, { cause: error });
  }
}

function transferred(size: number, percent: string) {
  const done = Math.trunc((size * Number(percent)) / 100);
  return {
    done,
    total: size,
    text: `transferred ${renderBytes(done, 1)} of ${renderBytes(size, 1)}`,
  };
}

/** What this machine calls itself towards iSCSI targets. */
function initiatorName(ctx: StorageContext): string | undefined {
  const text = ctx.host.files.read('/etc/iscsi/initiatorname.iscsi') ?? '';
  return /^\s*InitiatorName\s*=\s*(\S+)/m.exec(text)?.[1];
}
