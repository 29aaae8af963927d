/**
 * The disks of a machine that runs while they are restored. A qcow2 volume lies on top of the archive
 * and QEMU streams into it what is missing; for any other the machine works on an overlay of the
 * archive, which QEMU mirrors to the volume and leaves then.
 */
import type { Context } from '../../commands/define.js';
import { nodeName } from '../../qemu/command/block-nodes.js';
import type { Qmp } from '../../qemu/qmp/client.js';
import { parseVolume, volumePath, volumeSizeInfo } from '../../storage/index.js';
import type { LiveMark } from './mark.js';

export const JOB = 'pave-restore-';
/** Seconds that requests wait for us to come back, should we be killed. */
const PATIENCE = 7 * 86_400;

type Nodes<T = unknown> = Map<string, Record<string, unknown> & T>;

/** Image the machine works on while a volume is filled that cannot lie on top of the archive. */
export function overlayPath(tmpdir: string, vmid: number, key: string): string {
  return `${tmpdir}/pave-restore-${vmid}-${key}.qcow2`;
}

/** What QEMU opens in place of the volumes as they are. */
export function nodesOf(
  ctx: Context,
  socket: string,
  disks: readonly LiveMark[],
): { backing: Nodes; instead: Nodes<{ 'node-name': string }> } {
  const backing: Nodes = new Map();
  const instead: Nodes<{ 'node-name': string }> = new Map();
  for (const { key, volid, overlay } of disks) {
    const archive = {
      driver: 'nbd',
      'node-name': `${JOB}${key}`,
      'read-only': true,
      'reconnect-delay': PATIENCE,
      server: { type: 'unix', path: ctx.host.path(socket) },
      export: key,
    };
    if (overlay === undefined) backing.set(volid, archive);
    else
      instead.set(volid, {
        driver: 'qcow2',
        'node-name': overlayNode(key),
        discard: 'unmap',
        file: { driver: 'file', filename: ctx.host.path(overlay), aio: 'threads' },
        backing: archive,
      });
  }
  return { backing, instead };
}

/** Its name in QEMU. */
export function overlayNode(key: string): string {
  return `${JOB}${key}-overlay`;
}

/** Images that hold nothing yet. */
export async function makeHollow(ctx: Context, disks: readonly LiveMark[]): Promise<void> {
  for (const { volid, size, overlay } of disks) {
    // The machine must see the size it will have.
    const bytes =
      overlay === undefined
        ? Math.ceil(size / 512) * 512
        : ((await volumeSizeInfo(ctx, volid))?.size ?? size);
    // Storages make images whose clusters are all there: such an image shows nothing of what lies below.
    const argv = ['qemu-img', 'create', '-q', '-f', 'qcow2', '-o', 'preallocation=off'];
    const path = overlay ?? volumePath(ctx, volid);
    // It will hold the guest's data, in a folder that anybody may look into: QEMU keeps the mode.
    if (overlay !== undefined) ctx.host.files.write(overlay, '', { mode: 0o600 });
    await ctx.host.run([...argv, ctx.host.path(path), String(bytes)], {
      effect: 'change',
      purpose: 'an image without clusters of its own',
    });
  }
}

/** Can the volume itself lie on top of the archive? */
export function takesBacking(ctx: Context, volid: string): boolean {
  return parseVolume(ctx, volid).format === 'qcow2';
}

export interface RestoreJob {
  id: string;
  status: string;
  'current-progress': number;
  'total-progress': number;
  error?: string;
}

/** QEMU copies from the archive from now on; `speed`: bytes/s, 0 as fast as it can. */
export async function startJob(qmp: Qmp, disk: LiveMark, speed: number): Promise<void> {
  const { key, volid, overlay } = disk;
  const common = { 'job-id': `${JOB}${key}`, speed, 'auto-dismiss': false };
  if (overlay === undefined) {
    const device = nodeName('fmt', key, volid);
    await qmp.execute('block-stream', { ...common, device });
  } else
    await qmp.execute('blockdev-mirror', {
      ...common,
      device: overlayNode(key),
      target: `drive-${key}`,
      sync: 'full',
      // What the machine writes goes to both at once: so it comes to an end whatever it writes.
      'copy-mode': 'write-blocking',
    });
}

/** The mirror has what the machine wrote, but only what lay below was told to flush it. */
export async function syncVolume(ctx: Context, volid: string): Promise<void> {
  const path = volumePath(ctx, volid);
  if (!path.startsWith('/')) return;
  const { fd, close } = ctx.host.open(path, 'r+');
  try {
    await ctx.host.bulk.sync(fd);
  } finally {
    close();
  }
}
