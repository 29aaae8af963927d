/**
 * Block nodes of a drive: throttle on top of the format on top of the file. Source: Blockdev.pm of
 * the original; the node names are its own, so that a state saved by one is loaded by the other.
 */
import { PaveError } from '../../errors.js';
import { sha256 } from '../../schema/sha256.js';
import { type Drive, isCdrom } from '../drive/index.js';
import type { Draft } from './draft.js';
import {
  aioMode,
  cacheDirect,
  checkLimits,
  checkMedia,
  detectZeroes,
  driveId,
  formatOf,
  isSet,
  throttleLimits,
  volumeOf,
} from './drive-options.js';
import type { VolumeFacts } from './types.js';

type Node = Record<string, unknown>;

export interface NodeOptions {
  readOnly?: boolean;
  /** Bytes of the volume the guest sees. */
  size?: number;
  /** Cache mode where the drive names none. */
  cache?: string;
}

const PREFIX = { file: 'e', fmt: 'f' };

/** Stable for a drive and its volume: `e4abf08bba72d3a54b87a58d2f50906`. */
export function nodeName(
  kind: 'file' | 'fmt',
  id: string,
  volid: string,
  snapshot?: string,
): string {
  const snap = snapshot === undefined ? '' : `snap=${snapshot},`;
  const text = `drive=${id},${snap}volid=${volid}`;
  return PREFIX[kind] + sha256(text).slice(0, 30);
}

/** @throws PaveError */
export function throttleGroup(drive: Drive): Node {
  checkLimits(drive);
  return {
    id: `throttle-drive-${driveId(drive)}`,
    limits: Object.fromEntries(throttleLimits(drive)),
    'qom-type': 'throttle-group',
  };
}

/** Options that hold for every node of the chain. */
function common(drive: Drive, options: NodeOptions): Node {
  const cdrom = isCdrom(drive);
  return {
    ...(cdrom
      ? {}
      : {
          discard: drive.discard === 'on' ? 'unmap' : 'ignore',
          'detect-zeroes': detectZeroes(drive),
        }),
    'read-only': isSet(drive.ro) || cdrom || options.readOnly === true,
  };
}

const NBD_UNIX = /^nbd:unix:(\S+):exportname=(\S+)$/;
const NBD_TCP = /^nbd:(\S+):(\d+):exportname=(\S+)$/;

function isNbd(drive: Drive): boolean {
  return NBD_UNIX.test(drive.file) || NBD_TCP.test(drive.file);
}

function nbdNode(file: string): Node {
  const unix = NBD_UNIX.exec(file);
  if (unix !== null) {
    return { driver: 'nbd', server: { type: 'unix', path: unix[1] }, export: unix[2] };
  }
  const [, host, port, name] = NBD_TCP.exec(file)!;
  const server = { type: 'inet', host: host!.replace(/^\[(.*)\]$/, '$1'), port };
  return { driver: 'nbd', server, export: name };
}

/** The node that talks to the file, device or server. @throws PaveError */
function protocolOptions(draft: Draft, drive: Drive): Node {
  if (isNbd(drive)) return nbdNode(drive.file);
  const volume = volumeOf(draft, drive);
  checkMedia(drive, volume);
  if (drive.file === 'cdrom') return { driver: 'host_cdrom', filename: volume.path };
  if (volume.blockdev !== undefined) return { ...volume.blockdev };
  if (!volume.path.startsWith('/')) {
    throw new PaveError(`${driveId(drive)}: QEMU cannot open '${volume.path}' of '${drive.file}'`);
  }
  let driver = 'file';
  if (volume.blockDevice)
    driver = isCdrom(drive) && volume.storeid === undefined ? 'host_cdrom' : 'host_device';
  return { driver, filename: volume.path };
}

function fileNode(draft: Draft, drive: Drive, options: NodeOptions, snapshot?: string): Node {
  const volume = isNbd(drive) ? undefined : volumeOf(draft, drive);
  const node = protocolOptions(draft, drive);
  // The firmware's flash is read and written in small pieces: without the cache that takes ages.
  const direct =
    node.driver === 'rbd' && drive.interface === 'efidisk' ? false : cacheDirect(drive, volume);
  node.cache = { direct, 'no-flush': drive.cache === 'unsafe' };
  if (['file', 'host_cdrom', 'host_device'].includes(String(node.driver)))
    node.aio = aioMode(draft, drive, volume, direct);
  node['node-name'] = nodeName('file', driveId(drive), drive.file, snapshot);
  return { ...node, ...common(drive, options) };
}

function formatNode(
  drive: Drive,
  volume: VolumeFacts,
  child: Node,
  options: NodeOptions,
  snapshot?: string,
): Node {
  const driver = formatOf(drive, volume);
  if (options.size !== undefined && driver !== 'raw')
    throw new PaveError(`${driveId(drive)}: a size is only for format 'raw'`);
  return {
    'node-name': nodeName('fmt', driveId(drive), drive.file, snapshot),
    driver,
    file: child,
    cache: child.cache,
    ...common(drive, options),
    ...(options.size === undefined ? {} : { size: options.size }),
    // Else a fragmented qcow2 outgrows the volume it lies on.
    ...(volume.volumeChain && driver === 'qcow2' ? { 'discard-no-unref': true } : {}),
  };
}

/** The volumes of earlier snapshots, below the current one. */
function backingChain(draft: Draft, drive: Drive, volume: VolumeFacts): Node | undefined {
  let chain: Node | undefined;
  for (const { snapshot, path } of [...(volume.parents ?? [])].reverse()) {
    const file = { ...fileNode(draft, drive, {}, snapshot), filename: path };
    const node = formatNode(drive, volume, file, {}, snapshot);
    chain = chain === undefined ? node : { ...node, backing: chain };
  }
  return chain;
}

/** The whole chain of a drive with a volume; its top is called `drive-<id>`. @throws PaveError */
export function driveNodes(draft: Draft, given: Drive, options: NodeOptions = {}): Node {
  if (isSet(given.snapshot)) {
    throw new PaveError("'snapshot' option is not yet supported for '-blockdev'", {
      hint: `take it out of ${driveId(given)}`,
    });
  }
  const drive = { ...given, cache: given.cache ?? options.cache } as Drive;
  if (drive.cache === undefined) delete drive.cache;
  let child = fileNode(draft, drive, options);
  if (!isNbd(drive)) {
    const volume = volumeOf(draft, drive);
    child = formatNode(drive, volume, child, options);
    const backing = backingChain(draft, drive, volume);
    if (backing !== undefined) child.backing = backing;
    else if (volume.backing !== undefined) child.backing = volume.backing;
  }
  const id = driveId(drive);
  // A device that gets the guest's SCSI commands as they are cannot be throttled.
  if (isSet(drive.scsiblock)) return { ...child, 'node-name': `drive-${id}` };
  return {
    driver: 'throttle',
    'node-name': `drive-${id}`,
    'throttle-group': `throttle-drive-${id}`,
    file: child,
    ...common(drive, options),
  };
}
