/** Filling new volumes from an archive, at the pace the storages allow. */
import type { Context } from '../../commands/define.js';
import {
  bandwidthLimit,
  deactivateVolumes,
  loadStorages,
  parseVolume,
  volumeHasFeature,
  volumePath,
} from '../../storage/index.js';
import { RateLimit } from '../rate.js';
import type { ByteSource, VmaReader } from '../vma/read.js';
import { restoreDisks } from './disks.js';
import { type OpenedTarget, openTarget } from './open-target.js';
import type { PlannedDisk } from './plan.js';
import type { DiskTarget } from './targets.js';

/** KiB/s for a storage, 0 where there is no limit. */
export function restoreLimit(ctx: Context, storeid: string, asked: number | undefined): number {
  const limit = bandwidthLimit({
    operation: 'restore',
    storeids: [storeid],
    override: asked,
    datacenter: /^bwlimit:\s*(\S+)/m.exec(ctx.store.read('datacenter.cfg') ?? '')?.[1],
    storages: loadStorages(ctx),
    mayOverride: () => true,
  });
  return limit ?? 0;
}

/** A source that gives so many KiB a second. */
export function limitedSource<T extends ByteSource>(source: T, rate: RateLimit): T {
  return {
    ...source,
    async read(into: Buffer) {
      const got = await source.read(into);
      await rate.take(got);
      return got;
    },
  };
}

export interface FillRequest {
  /** Newest first. */
  archives: readonly VmaReader[];
  /** With the volume each goes to. */
  disks: readonly (PlannedDisk & { volid: string })[];
  /** KiB/s; undefined: what the storages say. */
  bwlimit: number | undefined;
}

/** @throws PaveError, FileError, CommandError; the volumes are of no use then */
export async function fillVolumes(ctx: Context, request: FillRequest): Promise<void> {
  const { host } = ctx;
  const rates = new Map<string, RateLimit>();
  const opened = new Map<string, OpenedTarget>();
  const start = host.clock.monotonic();
  try {
    for (const { storeid, device, volid, size } of request.disks) {
      if (device === undefined) continue;
      if (!rates.has(storeid)) {
        const limit = restoreLimit(ctx, storeid, request.bwlimit);
        if (limit > 0) ctx.out.line(`rate limit for storage ${storeid}: ${limit} KiB/s`);
        rates.set(storeid, new RateLimit(host.clock, limit, ctx.signal));
      }
      const blank = volumeHasFeature(ctx, 'sparseinit', volid);
      const path = volumePath(ctx, volid);
      ctx.out.line(`map '${device}' to '${path}' (write zeros = ${blank ? 0 : 1})`);
      if (host.dryRun) {
        host.note('change', `write the data of ${device}, ${size} bytes, to '${path}'`);
        continue;
      }
      const format = parseVolume(ctx, volid).format ?? 'raw';
      const target = await openTarget(host, { image: path, format, blank, size });
      opened.set(device, { ...target, ...slowed(target, rates.get(storeid)!) });
    }
    if (host.dryRun) return;
    await restoreDisks(host, {
      archives: request.archives,
      targets: opened,
      signal: ctx.signal,
      onProgress: ({ total, done }) => {
        const seconds = Math.round((host.clock.monotonic() - start) / 1000);
        ctx.out.progress({
          done,
          total,
          text: `progress (restored ${done} bytes of ${total}, duration ${seconds} sec)`,
        });
      },
    });
  } finally {
    ctx.out.progressEnd();
    for (const target of opened.values()) await target.close();
    const volids = request.disks.map(({ volid }) => volid);
    // Nobody uses them until the guest starts; one that cannot be put to rest does no harm.
    if (!host.dryRun) await deactivateVolumes(ctx, volids).catch(() => {});
  }
}

function slowed(target: DiskTarget, rate: RateLimit): Pick<DiskTarget, 'write'> {
  return {
    async write(offset, data) {
      await rate.take(data.length);
      await target.write(offset, data);
    },
  };
}
