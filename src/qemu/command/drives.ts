/** Disks and CD-ROMs: controllers, block nodes, devices. */
import { createHash } from 'node:crypto';
import { PaveError } from '../../errors.js';
import { type Drive, driveKeys, isCdrom, parseDrive } from '../drive/index.js';
import { type Build, escapeValue } from './build.js';
import type { VolumeFacts } from './types.js';

const MAX_SATA = 6;

export function addDrives(build: Build, bootIndexes: ReadonlyMap<string, number>): void {
  const controllers = new Set<string>();
  for (const key of driveKeys(build.values)) {
    if (/^(efidisk|tpmstate)/.test(key)) continue;
    const drive = parseDrive(key, build.get(key)!);
    addController(build, drive, controllers);
    const empty = drive.file === 'none';
    if (!empty) addBlockNodes(build, key, drive);
    let device = deviceText(build, key, drive);
    const boot = bootIndexes.get(key);
    if (boot !== undefined) device += `,bootindex=${boot}`;
    if (drive.serial !== undefined)
      device += `,serial=${escapeValue(decodeURIComponent(String(drive.serial)))}`;
    if (!isCdrom(drive)) {
      const writeThrough = drive.cache === 'writethrough' || drive.cache === 'directsync';
      device += `,write-cache=${writeThrough ? 'off' : 'on'}`;
    }
    for (const policy of ['rerror', 'werror'])
      if (drive[policy] !== undefined) device += `,${policy}=${drive[policy]}`;
    build.device(device);
  }
}

interface ScsiPlace {
  controller: number;
  prefix: 'scsihw' | 'virtioscsi';
  unit: number;
  /** Old controllers address disks by target, newer ones by LUN. */
  byTarget: boolean;
}

function scsiPlace(build: Build, index: number): ScsiPlace {
  const hardware = build.get('scsihw') ?? 'lsi';
  const byTarget = hardware.startsWith('lsi') || hardware === 'pvscsi';
  const perController = hardware.startsWith('lsi')
    ? 7
    : hardware === 'virtio-scsi-single'
      ? 1
      : 256;
  return {
    controller: Math.floor(index / perController),
    prefix: hardware === 'virtio-scsi-single' ? 'virtioscsi' : 'scsihw',
    unit: index % perController,
    byTarget,
  };
}

function addController(build: Build, drive: Drive, known: Set<string>): void {
  if (drive.interface === 'virtio' && drive.iothread)
    build.option('-object', `iothread,id=iothread-virtio${drive.index}`);
  if (drive.interface === 'scsi') {
    const hardware = build.get('scsihw') ?? 'lsi';
    const { controller, prefix } = scsiPlace(build, drive.index);
    const id = `${prefix}${controller}`;
    if (known.has(id)) return;
    known.add(id);
    const single = hardware === 'virtio-scsi-single';
    let text = `${single ? 'virtio-scsi-pci' : hardware},id=${id}${build.pci(id)}`;
    if (drive.iothread && single) {
      build.option('-object', `iothread,id=iothread-${id}`);
      text += `,iothread=iothread-${id}`;
    } else if (drive.iothread) {
      build.warnings.push(
        'iothread is only valid with virtio disk or virtio-scsi-single controller, ignoring',
      );
    }
    if (single && drive.queues !== undefined) text += `,num_queues=${drive.queues}`;
    build.device(text);
  }
  if (drive.interface === 'sata' && !known.has('ahci0')) {
    known.add('ahci0');
    build.device(`ahci,id=ahci0,multifunction=on${build.pci('ahci0')}`);
  }
}

/** Throttle on top of the format on top of the file, as the original builds it. */
function addBlockNodes(build: Build, key: string, drive: Drive): void {
  const facts = build.input.volumes.get(drive.file);
  if (facts === undefined) throw new PaveError(`${key}: '${drive.file}' cannot be found`);
  const readOnly = isCdrom(drive) || String(drive.ro ?? 0) === '1' || build.on('template');
  const direct =
    drive.cache === undefined || drive.cache === 'none' || drive.cache === 'directsync';
  const flags = {
    cache: {
      direct: isCdrom(drive) && drive.cache === undefined ? false : direct,
      'no-flush': drive.cache === 'unsafe',
    },
    ...detectZeroes(drive, readOnly),
    discard: drive.discard === 'on' ? 'unmap' : 'ignore',
    'read-only': readOnly,
  };
  const hash = createHash('sha256').update(`${key}\0${drive.file}`).digest('hex').slice(0, 30);
  const file = { ...fileNode(build, key, drive, facts, direct), 'node-name': `e${hash}`, ...flags };
  const format = {
    driver: facts.format === 'iso' ? 'raw' : facts.format,
    file,
    'node-name': `f${hash}`,
    ...flags,
  };
  const top = {
    driver: 'throttle',
    'throttle-group': `throttle-drive-${key}`,
    file: format,
    'node-name': `drive-${key}`,
    ...flags,
  };
  const group = {
    'qom-type': 'throttle-group',
    id: `throttle-drive-${key}`,
    limits: limits(drive),
  };
  build.option('-object', canonical(group));
  build.devices.push('-blockdev', canonical(top));
}

function detectZeroes(drive: Drive, readOnly: boolean): Record<string, string> {
  if (readOnly || isCdrom(drive)) return {};
  if (drive.detect_zeroes !== undefined && String(drive.detect_zeroes) === '0')
    return { 'detect-zeroes': 'off' };
  return { 'detect-zeroes': drive.discard === 'on' ? 'unmap' : 'on' };
}

function fileNode(
  build: Build,
  key: string,
  drive: Drive,
  facts: VolumeFacts,
  direct: boolean,
): Record<string, unknown> {
  if (!facts.path.startsWith('/'))
    throw new PaveError(
      `${key}: '${facts.path}' cannot be opened by QEMU yet: only files and block devices`,
    );
  const wanted = drive.aio as string | undefined;
  if (wanted === 'native' && !direct)
    throw new PaveError(
      `${key}: aio=native needs a cache mode that goes past the host's cache (none or directsync)`,
    );
  const usual = build.input.platform.ioUring ? 'io_uring' : direct ? 'native' : 'threads';
  return {
    driver: facts.blockDevice
      ? facts.path.startsWith('/dev/sr')
        ? 'host_cdrom'
        : 'host_device'
      : 'file',
    filename: facts.path,
    aio: wanted ?? usual,
  };
}

const LIMITS: [option: string, limit: string, unit: number][] = [
  ['mbps', 'bps-total', 1024 ** 2],
  ['mbps_rd', 'bps-read', 1024 ** 2],
  ['mbps_wr', 'bps-write', 1024 ** 2],
  ['mbps_max', 'bps-total-max', 1024 ** 2],
  ['mbps_rd_max', 'bps-read-max', 1024 ** 2],
  ['mbps_wr_max', 'bps-write-max', 1024 ** 2],
  ['iops', 'iops-total', 1],
  ['iops_rd', 'iops-read', 1],
  ['iops_wr', 'iops-write', 1],
  ['iops_max', 'iops-total-max', 1],
  ['iops_rd_max', 'iops-read-max', 1],
  ['iops_wr_max', 'iops-write-max', 1],
  ['bps_max_length', 'bps-total-max-length', 1],
  ['bps_rd_max_length', 'bps-read-max-length', 1],
  ['bps_wr_max_length', 'bps-write-max-length', 1],
  ['iops_max_length', 'iops-total-max-length', 1],
  ['iops_rd_max_length', 'iops-read-max-length', 1],
  ['iops_wr_max_length', 'iops-write-max-length', 1],
];

function limits(drive: Drive): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [option, limit, unit] of LIMITS) {
    if (drive[option] !== undefined) found[limit] = Math.floor(Number(drive[option]) * unit);
  }
  return found;
}

function deviceText(build: Build, key: string, drive: Drive): string {
  const { index } = drive;
  const cdrom = isCdrom(drive);
  const node = drive.file === 'none' ? '' : `,drive=drive-${key}`;
  if (drive.interface === 'virtio') {
    const thread = drive.iothread ? `,iothread=iothread-${key}` : '';
    return `virtio-blk-pci${node},id=${key}${build.pci(key)}${thread}`;
  }
  if (drive.interface === 'scsi') {
    const { controller, prefix, unit, byTarget } = scsiPlace(build, index);
    const type = scsiType(build, drive);
    let text = `scsi-${type},bus=${prefix}${controller}.0`;
    text += byTarget ? `,scsi-id=${unit}` : `,channel=0,scsi-id=0,lun=${index}`;
    text += `${node},id=${key}`;
    if (type === 'cd' || type === 'hd') text += `,device_id=drive-${key}`;
    if (drive.ssd && !cdrom) text += ',rotation_rate=1';
    if (drive.wwn !== undefined) text += `,wwn=${drive.wwn}`;
    for (const name of ['vendor', 'product'])
      if (drive[name] !== undefined) text += `,${name}=${escapeValue(String(drive[name]))}`;
    return text;
  }
  let text = `ide-${cdrom ? 'cd' : 'hd'}`;
  if (drive.interface === 'ide') {
    // q35 has one place a channel.
    const unit = index % 2;
    const channel = Math.floor(index / 2) + (build.machine.q35 ? 2 * unit : 0);
    text += `,bus=ide.${channel},unit=${build.machine.q35 ? 0 : unit}`;
  } else {
    text += `,bus=ahci0.${index % MAX_SATA}`;
  }
  text += `${node},id=${key}`;
  if (!cdrom && drive.model !== undefined)
    text += `,model=${escapeValue(decodeURIComponent(String(drive.model)))}`;
  if (!cdrom && drive.ssd) text += ',rotation_rate=1';
  if (drive.wwn !== undefined) text += `,wwn=${drive.wwn}`;
  return text;
}

function scsiType(build: Build, drive: Drive): string {
  if (isCdrom(drive)) return 'cd';
  const facts = build.input.volumes.get(drive.file);
  if (drive.scsiblock && facts?.blockDevice) return 'block';
  return 'hd';
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
