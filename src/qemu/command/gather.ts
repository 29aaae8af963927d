/** What the command line needs to know of the host and the storages. */

import { PaveError } from '../../errors.js';
import type { Platform } from '../../host/platform-types.js';
import type { Host } from '../../host/types.js';
import {
  parseVolid,
  parseVolume,
  requireStorage,
  volumePath,
  volumeSize,
} from '../../storage/index.js';
import type { StorageContext } from '../../storage/types.js';
import { driveKeys, parseDrive } from '../drive/index.js';
import { RUN_DIR } from '../runtime/state.js';
import { nicsOf } from '../runtime/tap.js';
import { deviceFacts } from './device-facts.js';
import { hostFacts } from './host-facts.js';
import { checkOffers } from './qemu-offers.js';
import type { CommandInput, VolumeFacts } from './types.js';

/**
 * All that `buildCommand` needs besides the config: paths of volumes, what the host has. @throws
 * PaveError for a volume that is not there
 */
export async function gatherCommandInput(
  ctx: StorageContext,
  vmid: number,
  values: ReadonlyMap<string, string>,
  platform: Platform,
): Promise<CommandInput> {
  const { host } = ctx;
  await checkOffers(host, platform, values);
  const volumes = new Map<string, VolumeFacts>();
  for (const key of driveKeys(values)) {
    const { file } = parseDrive(key, values.get(key)!);
    if (file === 'none') continue;
    const facts = volumeFacts(ctx, key, file);
    if (key === 'efidisk0' && facts.storeid !== undefined) {
      const size = (await volumeSize(ctx, file))?.size;
      if (size !== undefined) facts.size = size;
    }
    volumes.set(file, facts);
  }
  if (values.get('bios') === 'ovmf' && !values.has('efidisk0')) {
    const path = host.path(`${RUN_DIR}/efidisk/${vmid}-ovmf.fd`);
    volumes.set(path, { path, format: 'raw', blockDevice: false });
  }
  const bridgeMtu = new Map<string, number>();
  for (const { net } of nicsOf(vmid, values)) {
    const mtu =
      net.bridge === undefined ? undefined : host.files.read(`/sys/class/net/${net.bridge}/mtu`);
    if (mtu !== undefined) bridgeMtu.set(net.bridge!, Number(mtu));
  }
  const initiator = /^InitiatorName=(\S+)/m.exec(
    host.files.read('/etc/iscsi/initiatorname.iscsi') ?? '',
  )?.[1];
  return {
    vmid,
    values,
    volumes,
    platform: { ...platform, vhostNet: host.files.exists('/dev/vhost-net') },
    node: ctx.store.node,
    root: host.root,
    runDir: host.path(RUN_DIR),
    facts: {
      ...hostFacts(ctx, values),
      ...deviceFacts(ctx, vmid, values),
      bridgeMtu,
      iscsiInitiator: initiator,
    },
  };
}

function volumeFacts(ctx: StorageContext, key: string, file: string): VolumeFacts {
  const { host } = ctx;
  if (file === 'cdrom') {
    const drive = ['/dev/cdrom', '/dev/cdrom1', '/dev/sr0'].find((path) => host.files.exists(path));
    if (drive === undefined)
      throw new PaveError(`${key}: this host has no CD-ROM drive`, {
        hint: 'use none or an ISO image',
      });
    return { path: drive, format: 'raw', blockDevice: true };
  }
  if (file.startsWith('/')) {
    const format = /\.(qcow2|vmdk)$/.exec(file)?.[1] ?? 'raw';
    const scsiType = scsiTypeOf(host, file);
    return {
      path: file,
      format,
      blockDevice: isBlock(host, file),
      ...(scsiType === undefined ? {} : { scsiType }),
    };
  }
  const { storeid } = parseVolid(file);
  const path = volumePath(ctx, file);
  const { format } = parseVolume(ctx, file);
  return {
    path,
    format: format ?? 'raw',
    storeid,
    storageType: requireStorage(ctx, storeid).type,
    blockDevice: isBlock(host, path),
  };
}

function isBlock(host: Host, path: string): boolean {
  return host.files.stat(path)?.kind === 'block';
}

/** What kind of SCSI device it is, of a device of the host that is one. */
function scsiTypeOf(host: Host, path: string): number | undefined {
  const real = host.files.realpath(path) ?? path;
  const name = real.slice(real.lastIndexOf('/') + 1);
  for (const group of ['block', 'scsi_generic', 'scsi_tape']) {
    const type = host.files.read(`/sys/class/${group}/${name}/device/type`)?.trim();
    if (type !== undefined && /^\d+$/.test(type)) return Number(type);
  }
  return undefined;
}
