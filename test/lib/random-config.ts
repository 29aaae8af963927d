/** Random VM configs that the schema accepts: what a property test starts QEMU with. */

import { checkVmValue, vmOptions } from '../../src/qemu/options/index.js';
import type { PropertyFormat, PropSchema } from '../../src/schema/types.js';
import type { Random } from '../unit/random.js';

/** Volumes and files the configs may refer to. */
export interface Surroundings {
  /** Each may be attached once. */
  disks: readonly string[];
  isos: readonly string[];
  bridges: readonly string[];
  /** Names of directory mappings. */
  directories: readonly string[];
}

/** What is no property of the guest, is the test's own, or would be a program of somebody else. */
const LEFT_OUT =
  /^(args|hookscript|lock|template|freeze|kvm|description|name|tags|protection|onboot|startup|autostart|parent|snaptime|snapstate|vmstate|runningmachine|runningcpu|running-nets-host-mtu|unused\[n\]|meta|vmstatestorage|cdrom|smp|bootdisk|arch)$/;

const DRIVE = /^(ide|sata|scsi|virtio)\[n\]$/;

/** The keys and values of one config. Small machines, so that many can be started. */
export function randomConfig(random: Random, around: Surroundings): Map<string, string> {
  const values = new Map<string, string>();
  const disks = [...around.disks];
  const density = 0.05 + random.below(30) / 100;
  for (const [name, schema] of Object.entries(vmOptions())) {
    if (LEFT_OUT.test(name)) continue;
    const family = schema.indexed;
    const count = family === undefined ? 1 : 1 + random.below(2);
    for (let i = 0; i < count; i++) {
      if (!random.chance(density)) continue;
      const key =
        family === undefined
          ? name
          : name.replace('[n]', String(family.min + random.below(family.max - family.min + 1)));
      const value = textOf(random, name, schema, around, disks);
      if (value === undefined) continue;
      try {
        values.set(key, checkVmValue(key, value));
      } catch {
        // Two sub-keys that exclude each other: not a config the schema accepts.
      }
    }
  }
  values.set('freeze', '1');
  values.set('kvm', '0');
  return values;
}

function textOf(
  random: Random,
  name: string,
  schema: PropSchema,
  around: Surroundings,
  disks: string[],
): string | undefined {
  if (name === 'memory') return String(64 + 16 * random.below(64));
  if (name === 'balloon') return String(random.below(256));
  if (name === 'sockets' || name === 'cores') return String(1 + random.below(3));
  if (name === 'vcpus') return String(1 + random.below(5));
  if (name === 'numa[n]') return `cpus=${random.below(3)},memory=${128 * (1 + random.below(3))}`;
  if (name === 'boot') return undefined;
  if (DRIVE.test(name) || name === 'efidisk0' || name === 'tpmstate0') {
    const cdrom = DRIVE.test(name) && random.chance(0.3);
    const file = cdrom ? random.pick([...around.isos, 'none']) : disks.pop();
    if (file === undefined) return undefined;
    const format = { ...(schema.format as PropertyFormat) };
    for (const key of ['file', 'media', 'format', 'size', 'import-from', 'volume', 'snapshot'])
      delete format[key];
    const rest = propertyString(random, name, format, around);
    return [`file=${file}`, ...(cdrom ? ['media=cdrom'] : []), ...soundLimits(rest)].join(',');
  }
  if (typeof schema.format === 'object') {
    const parts = propertyString(random, name, schema.format, around);
    // One of two keys must say which device.
    if (name === 'usb[n]' && !parts.some((part) => part.startsWith('host=')))
      parts.push('host=1-1.2');
    return parts.length === 0 ? undefined : parts.join(',');
  }
  return scalar(random, name, schema, around);
}

/** Without what the schema accepts and the config's own rules do not: bursts of no limit, two units. */
function soundLimits(parts: readonly string[]): string[] {
  const values = new Map(parts.map((part) => part.split('=') as [string, string]));
  for (const [key] of values) {
    if (/^bps(_rd|_wr)?$/.test(key)) values.delete(`m${key}`);
    if (/^(mbps|iops)$/.test(key))
      for (const way of ['_rd', '_wr']) {
        values.delete(key + way);
        values.delete(key.replace(/^m/, '') + way);
      }
    if (key === 'bps') for (const way of ['_rd', '_wr']) values.delete(`mbps${way}`);
    if (key === 'bps') for (const way of ['_rd', '_wr']) values.delete(`bps${way}`);
  }
  for (const key of [...values.keys()]) {
    const burst = /^(mbps|iops)(_rd|_wr)?_max$/.exec(key);
    const base = `${burst?.[1]}${burst?.[2] ?? ''}`;
    if (burst !== null && !values.has(base) && !values.has(base.replace(/^m/, '')))
      values.delete(key);
  }
  for (const key of [...values.keys()]) {
    const length = /^(bps|iops)(_rd|_wr)?_max_length$/.exec(key);
    const base = `${length?.[1] === 'bps' ? 'mbps' : 'iops'}${length?.[2] ?? ''}_max`;
    if (length !== null && !values.has(base)) values.delete(key);
  }
  return [...values].map(([key, value]) => `${key}=${value}`);
}

/** `key=value` parts; a key that must be there is there. */
function propertyString(
  random: Random,
  name: string,
  format: PropertyFormat,
  around: Surroundings,
): string[] {
  const parts: string[] = [];
  for (const [key, schema] of Object.entries(format)) {
    if (schema.alias !== undefined) continue;
    if (schema.optional && !random.chance(0.3)) continue;
    const value = scalar(random, `${name}.${key}`, schema, around);
    if (value !== undefined) parts.push(`${key}=${value}`);
  }
  return parts;
}

/** By the name of the value where a pattern or format leaves too much open. */
const KNOWN: [RegExp, (random: Random, around: Surroundings) => string | undefined][] = [
  [/^net\[n\]\.bridge$/, (random, around) => random.pick(around.bridges)],
  [/\.macaddr$/, (random) => `BC:24:11:00:00:${(16 + random.below(200)).toString(16)}`],
  [/\.trunks$/, () => '10;20-30'],
  [/^virtiofs\[n\]\.dirid$/, (random, around) => random.pick(around.directories)],
  [/^serial\[n\]$/, () => 'socket'],
  [/^parallel\[n\]$/, () => undefined],
  [/^hostpci\[n\]\.host$/, (random) => `00:${(16 + random.below(15)).toString(16)}.0`],
  [/^hostpci\[n\]\.(mapping|mdev|romfile)$/, () => undefined],
  [/^usb\[n\]\.host$/, (random) => random.pick(['1234:5678', '1-1.2', 'spice'])],
  [/^usb\[n\]\.mapping$/, () => undefined],
  [/^startdate$/, () => '2026-01-02T03:04:05'],
  [/^smbios1\.uuid$|^vmgenid$/, () => '6e3b2ad0-5b5f-4b50-9a4b-2e0a35b8a0f1'],
  [/^smbios1\./, (random) => Buffer.from(random.text('ab c,="', 9) || 'x').toString('base64')],
  [/^affinity$/, () => '0-1'],
  [/^hotplug$/, (random) => random.pick(['0', '1', 'network', 'disk,usb', 'cpu', 'memory,cpu'])],
  [/^cpu\.cputype$/, (random) => random.pick(CPUS)],
  [/^cpu\.flags$/, (random) => random.pick(['+aes', '-pcid;+aes', '+md-clear', '+hv-tlbflush'])],
  [/^cpu\.phys-bits$/, (random) => random.pick(['host', '40', '36'])],
  [/^cpu\.hv-vendor-id$/, () => 'proxmox'],
  [/^cpu\.guest-phys-bits$/, () => '39'],
  [/^machine\.type$/, (random) => random.pick(['pc', 'q35', 'pc-i440fx-6.2', 'pc-q35-7.1'])],
  [/\.serial$/, (random) => random.pick(['abc', 'a%20b'])],
  [/\.wwn$/, () => '0x5000c500a1b2c3d4'],
  [/\.(model|vendor|product)$/, () => 'PAVE'],
  [/^ivshmem\.name$/, () => 'shared'],
  [/(^|\.)(bps|iops|mbps)/, (random) => String(1000 + random.below(9000))],
  [/\.queues$/, (random) => String(1 + random.below(4))],
  [/^ciuser$/, () => 'me'],
  [/^cipassword$/, () => '$5$salt$hash'],
  [/^nameserver$/, (random) => random.pick(['192.0.2.1', '192.0.2.1 2001:db8::1'])],
  [/^searchdomain$/, () => 'example.com'],
  [/^ipconfig\[n\]\.ip$/, (random) => random.pick(['dhcp', '192.0.2.5/24'])],
  [/^ipconfig\[n\]\.ip6$/, (random) => random.pick(['dhcp', 'auto', '2001:db8::5/64'])],
  [/^(cicustom|sshkeys$|ipconfig\[n\]\.gw)/, () => undefined],
  [/^spice_enhancements\.foldersharing$/, () => '1'],
  [/^watchdog\.action$/, (random) => random.pick(['reset', 'none'])],
  [/^migrate_downtime$/, () => '0.2'],
  [/^rng0\.source$/, (random) => random.pick(['/dev/urandom', '/dev/random'])],
];

const CPUS = [
  ...['host', 'max', 'kvm64', 'qemu64', 'x86-64-v2-AES', 'x86-64-v3', 'Skylake-Client'],
  ...['EPYC', 'athlon', '486', 'SapphireRapids', 'Broadwell-noTSX'],
];

function scalar(
  random: Random,
  name: string,
  schema: PropSchema,
  around: Surroundings,
): string | undefined {
  const known = KNOWN.find(([pattern]) => pattern.test(name));
  if (known !== undefined && schema.enum === undefined) return known[1](random, around);
  if (schema.enum !== undefined) return String(random.pick(schema.enum));
  switch (schema.type) {
    case 'boolean':
      return String(random.below(2));
    case 'integer':
    case 'number': {
      const low = schema.minimum ?? 0;
      const high = Math.min(schema.maximum ?? low + 64, low + 4096);
      return String(low + random.below(high - low + 1));
    }
    default:
      return undefined;
  }
}
