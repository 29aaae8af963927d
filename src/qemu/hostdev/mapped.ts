/**
 * Mappings of the cluster resolved for this node, each checked against the hardware: a card that
 * was moved to another slot must not turn into another device for the guest. Source: PVE/Mapping.
 */
import { messageOf, PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { parseBoolean } from '../../schema/boolean.js';
import type { StorageContext } from '../../storage/types.js';
import type { PciMapping } from '../command/facts.js';
import { type Mapping, onNode, parseMappings } from '../command/mappings.js';
import { pciInfo, usbDevices } from './sysfs.js';

type Entry = ReadonlyMap<string, string>;
type Kind = 'pci' | 'usb' | 'directory';

function entriesOf(
  ctx: StorageContext,
  kind: Kind,
  name: string,
): { mapping: Mapping | undefined; entries: Entry[] } {
  const file = `mapping/${kind}.cfg`;
  const mapping = parseMappings(ctx.store.read(file) ?? '').get(name);
  return { mapping, entries: onNode(mapping, ctx.store.node) };
}

function isOn(text: string | undefined): boolean {
  return text !== undefined && parseBoolean(text) === 1;
}

/** @throws PaveError where hardware and mapping differ; undefined where there is none for this node */
export function pciMapping(ctx: StorageContext, name: string): PciMapping | undefined {
  const { mapping, entries } = entriesOf(ctx, 'pci', name);
  if (mapping === undefined || entries.length === 0) return undefined;
  const mdev = isOn(mapping.values.get('mdev'));
  for (const entry of entries) {
    try {
      checkPci(ctx.host, name, entry, mdev);
    } catch (error) {
      throw new PaveError(
        `PCI device mapping invalid (hardware probably changed): ${messageOf(error)}`,
        { hint: 'compare /etc/pve/mapping/pci.cfg with lspci -nn' },
      );
    }
  }
  return {
    alternatives: entries.map((entry) => (entry.get('path') ?? '').split(';')),
    liveMigrationCapable: isOn(mapping.values.get('live-migration-capable')),
  };
}

function checkPci(host: Host, name: string, entry: Entry, mdev: boolean): void {
  for (const [n, given] of (entry.get('path') ?? '').split(';').entries()) {
    const path = /\.[a-f0-9]$/i.test(given) ? given : `${given}.0`;
    const info = pciInfo(host, path);
    if (info === undefined) throw new PaveError(`pci device '${path}' not found`);
    const group = info.iommuGroup === undefined ? undefined : String(info.iommuGroup);
    const pairs: [property: string, real: string | undefined, said: string | undefined][] = [
      ['id', `${info.vendor}:${info.device}`, entry.get('id')],
      ...(n === 0
        ? ([['iommugroup', group, entry.get('iommugroup')]] as [string, string, string][])
        : []),
      ['mdev', info.mdev ? '1' : '0', mdev ? '1' : '0'],
      ['subsystem-id', info.subsystem, entry.get('subsystem-id')],
    ];
    for (const [property, real, said] of pairs) {
      if (real === undefined && said === undefined) continue;
      if (said === undefined)
        throw new PaveError(`missing expected property '${property}' for device '${path}'`);
      if (real === undefined)
        throw new PaveError(`unexpected property '${property}' configured for device '${path}'`);
      if (real !== said.replaceAll('0x', ''))
        throw new PaveError(`'${property}' does not match for '${name}' (${real} != ${said})`);
    }
  }
}

/** `vendor:product` or `bus-port`. @throws PaveError where it is not plugged in, or another device is */
export function usbMapping(ctx: StorageContext, name: string): string | undefined {
  const { entries } = entriesOf(ctx, 'usb', name);
  const entry = entries[0];
  if (entry === undefined) return undefined;
  if (entries.length > 1)
    throw new PaveError(`More than one USB mapping per host not supported: '${name}'`);
  const id = entry.get('id') ?? '';
  const path = entry.get('path');
  const devices = usbDevices(ctx.host) ?? [];
  const found = devices.find((device) =>
    path === undefined ? device.id === id : `${device.bus}-${device.port}` === path,
  );
  const invalid = (reason: string) =>
    new PaveError(`USB device mapping invalid (hardware probably changed): ${reason}`, {
      hint: 'compare /etc/pve/mapping/usb.cfg with lsusb',
    });
  if (found === undefined) throw invalid(`usb device '${path ?? id}' not found`);
  if (path !== undefined && found.id !== id)
    throw invalid(`'id' does not match for '${name}' (${found.id} != ${id})`);
  return path ?? id;
}

/** The folder, as the host's own programs know it. @throws PaveError where it is none */
export function directoryMapping(ctx: StorageContext, name: string): string | undefined {
  const { entries } = entriesOf(ctx, 'directory', name);
  if (entries.length === 0) return undefined;
  if (entries.length > 1)
    throw new PaveError(`More than than one directory mapping for node ${ctx.store.node}.`);
  const path = entries[0]!.get('path') ?? '';
  const kind = path.startsWith('/') ? ctx.host.files.stat(path)?.kind : undefined;
  if (kind === undefined)
    throw new PaveError(`directory mapping invalid: Path ${path} does not exist`);
  if (kind !== 'directory')
    throw new PaveError(`directory mapping invalid: Path ${path} exists, but is not a directory`);
  return ctx.host.path(path);
}
