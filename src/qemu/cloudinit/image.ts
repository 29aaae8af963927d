/** Writing a VM's cloud-init drive. Source of the layout: commit_cloudinit_disk of the original. */
import type { GuestConfig } from '../../config/types.js';
import { messageOf, PaveError } from '../../errors.js';
import type { GuestContext } from '../../guest/load.js';
import { probePlatform } from '../../host/platform.js';
import { parsePropertyString } from '../../schema/propertyString.js';
import {
  activateVolumes,
  allocVolume,
  parseVolid,
  parseVolume,
  volumePath,
  volumeSizeInfo,
} from '../../storage/index.js';
import type { ImageFormat } from '../../storage/types.js';
import { type Drive, driveKeys, isCloudInit, parseDrive } from '../drive/index.js';
import { convertVolume } from '../img/run.js';
import { cicustomFormat } from '../options/cloudinit.js';
import { type CloudInitDrive, type CustomFiles, cloudInitDrive } from './data.js';

/** Bytes of a cloud-init volume. */
export const CLOUD_INIT_SIZE = 4 * 1024 * 1024;

const MAX_SNIPPET = 1024 * 1024;

type Values = ReadonlyMap<string, string>;

/** The VM's cloud-init drive with its key. */
export function cloudInitOf(values: Values): { key: string; drive: Drive } | undefined {
  for (const key of driveKeys(values)) {
    const drive = parseDrive(key, values.get(key)!);
    if (isCloudInit(drive)) return { key, drive };
  }
  return undefined;
}

/** The host's own resolver settings, for guests that name no DNS server. */
export function hostResolver(ctx: GuestContext): string {
  return ctx.host.files.read('/etc/resolv.conf') ?? '';
}

/** @throws PaveError naming a snippet that is none, is not there, or is too big */
export function customFiles(ctx: GuestContext, cicustom: string | undefined): CustomFiles {
  const volids = cicustom ? parsePropertyString(cicustomFormat, cicustom) : {};
  const custom: Record<string, string> = {};
  for (const [part, volid] of Object.entries(volids)) {
    const path = checkSnippet(ctx, String(volid));
    custom[part] = ctx.host.files.read(path) ?? '';
  }
  return custom;
}

/** Path of a snippet. @throws PaveError */
export function checkSnippet(ctx: GuestContext, volid: string): string {
  if (parseVolume(ctx, volid).vtype !== 'snippets')
    throw new PaveError(`${volid} is not in the snippets directory`);
  const path = volumePath(ctx, volid);
  const stat = ctx.host.files.stat(path);
  if (stat?.kind !== 'file') throw new PaveError(`snippet '${volid}' does not exist`);
  if (stat.size > MAX_SNIPPET)
    throw new PaveError(
      `snippet '${volid}' is too big (${stat.size} bytes, at most ${MAX_SNIPPET})`,
    );
  return path;
}

/** What makes the ISO on this machine. @throws PaveError where nothing does */
function isoMaker(ctx: GuestContext): string[] {
  if (ctx.host.which('genisoimage') !== undefined) return ['genisoimage'];
  if (ctx.host.which('xorriso') !== undefined) return ['xorriso', '-as', 'mkisofs'];
  throw new PaveError('a cloud-init drive needs genisoimage or xorriso, and neither is installed', {
    hint: 'apt install genisoimage',
  });
}

/** What the drive of this config holds. @throws PaveError for addresses or snippets that make no sense */
export function plannedDrive(ctx: GuestContext, vmid: number, values: Values): CloudInitDrive {
  return cloudInitDrive(values, vmid, {
    resolv: hostResolver(ctx),
    custom: customFiles(ctx, values.get('cicustom')),
  });
}

/**
 * Makes the drive anew from the config, and its volume where that is gone (a restored VM has none).
 * Does nothing for a VM without one. The caller holds the guest's lock; no guest has it open.
 */
export async function writeCloudInit(
  ctx: GuestContext,
  vmid: number,
  config: GuestConfig,
): Promise<void> {
  const { values } = config.main;
  const found = cloudInitOf(values);
  if (found === undefined || !found.drive.file.includes(':')) return;
  const volid = found.drive.file;
  const planned = plannedDrive(ctx, vmid, values);
  const maker = isoMaker(ctx);
  await ensureVolume(ctx, vmid, volid);
  ctx.out.line('generating cloud-init ISO');
  const { host } = ctx;
  const folder = `/run/pve/cloudinit/${vmid}`;
  const files = `${folder}/files`;
  const iso = `${folder}/drive.iso`;
  const clear = async () => {
    await host.run(['rm', '-rf', '--', host.path(folder)], { effect: 'change' });
  };
  // Of a run that was killed.
  if (host.files.exists(folder)) await clear();
  host.files.mkdir(folder, { mode: 0o700 });
  try {
    for (const [name, text] of planned.files) {
      const path = `${files}/${name}`;
      host.files.mkdir(path.slice(0, path.lastIndexOf('/')), { mode: 0o700 });
      host.files.write(path, text, { mode: 0o600, secret: true });
    }
    await host.run(
      [
        ...[...maker, '-quiet', '-iso-level', '3', '-J', '-R', '-V', planned.label],
        ...['-o', host.path(iso), host.path(files)],
      ],
      { effect: 'change', purpose: 'the file system of the cloud-init drive' },
    );
    const qemu = (await probePlatform(host)).qemu;
    const flavour = (qemu.x86_64 ?? qemu.aarch64)?.flavour ?? 'stock';
    await convertVolume(ctx, {
      source: iso,
      target: volid,
      sourceFormat: 'raw',
      size: CLOUD_INIT_SIZE,
      flavour,
    });
  } catch (error) {
    throw error instanceof PaveError
      ? error
      : new PaveError(`cloud-init drive ${found.key}: ${messageOf(error)}`, { cause: error });
  } finally {
    await clear();
  }
}

async function ensureVolume(ctx: GuestContext, vmid: number, volid: string): Promise<void> {
  let problem: unknown;
  try {
    await activateVolumes(ctx, [volid]);
    if ((await volumeSizeInfo(ctx, volid)) !== undefined) return;
  } catch (error) {
    problem = error;
  }
  if (ctx.host.dryRun) return;
  const { storeid, volname } = parseVolid(volid);
  const { format } = parseVolume(ctx, volid);
  const name = volname.slice(volname.lastIndexOf('/') + 1);
  try {
    await allocVolume(ctx, storeid, {
      vmid,
      format: (format ?? 'raw') as ImageFormat,
      name,
      size: CLOUD_INIT_SIZE,
    });
  } catch (error) {
    if (problem !== undefined) ctx.out.warn(messageOf(problem));
    throw error;
  }
  await activateVolumes(ctx, [volid]);
}
