/** What a config's passed-through devices, shared folders and display refer to on this host. */
import { messageOf, PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { parsePropertyString } from '../../schema/propertyString.js';
import type { StorageContext } from '../../storage/types.js';
import { directoryMapping, pciMapping, usbMapping } from '../hostdev/mapped.js';
import { reservedByOthers } from '../hostdev/reservations.js';
import { pciAddresses, pciInfo, usbDevices } from '../hostdev/sysfs.js';
import { hostpciNFormat, usbNFormat, virtiofsNFormat } from '../options/passthrough.js';
import type { HostFacts, PciFunction } from './facts.js';

type Values = ReadonlyMap<string, string>;
type Properties = Record<string, string>;

/** Where romfile= looks. Source: the original, which shares the folder with its own QEMU. */
export const ROM_DIR = '/usr/share/kvm';

/** @throws PaveError with every reference that leads nowhere */
export function deviceFacts(ctx: StorageContext, vmid: number, values: Values): HostFacts {
  const problems: string[] = [];
  const lookUp = <T>(
    pattern: RegExp,
    format: object,
    property: string,
    find: (name: string) => T | undefined,
  ) => {
    const found = new Map<string, T>();
    for (const [key, text] of values) {
      if (!pattern.test(key)) continue;
      try {
        const given = parsePropertyString(format as typeof usbNFormat, text) as Properties;
        const name = given[property];
        const fact = name === undefined ? undefined : find(name);
        if (fact !== undefined) found.set(name!, fact);
        checkRom(ctx.host, given.romfile);
      } catch (error) {
        problems.push(`${key}: ${messageOf(error)}`);
      }
    }
    return found;
  };
  const pci = /^hostpci\d+$/;
  const facts: HostFacts = {
    usbMappings: lookUp(/^usb\d+$/, usbNFormat, 'mapping', (name) => usbMapping(ctx, name)),
    directoryMappings: lookUp(/^virtiofs\d+$/, virtiofsNFormat, 'dirid', (name) =>
      directoryMapping(ctx, name),
    ),
    pciMappings: lookUp(pci, hostpciNFormat, 'mapping', (name) => pciMapping(ctx, name)),
    ...([...values.keys()].some((key) => pci.test(key)) ? pciFacts(ctx.host, vmid) : {}),
    ...([...values.keys()].some((key) => /^usb\d+$/.test(key))
      ? { usbDevices: pluggedIn(ctx.host) }
      : {}),
    renderNode: (ctx.host.files.list('/dev/dri') ?? []).some((name) => name.startsWith('renderD')),
  };
  if (problems.length > 0) throw new PaveError(problems.join('\n'));
  return facts;
}

function checkRom(host: Host, romfile: string | undefined): void {
  if (romfile !== undefined && !host.files.exists(`${ROM_DIR}/${romfile}`))
    throw new PaveError(`romfile '${ROM_DIR}/${romfile}' does not exist`);
}

function pciFacts(host: Host, vmid: number): HostFacts {
  const pciDevices = pciAddresses(host).map((id): PciFunction => {
    const info = pciInfo(host, id);
    return {
      id,
      ...(info?.nvidia ? { nvidia: true } : {}),
      ...(info === undefined ? {} : { vendor: info.vendor }),
    };
  });
  return { pciDevices, pciReserved: reservedByOthers(host, vmid) };
}

/** Both names of every USB device that is there: `046d:c31c` and `1-1.4`. */
function pluggedIn(host: Host): Set<string> {
  return new Set((usbDevices(host) ?? []).flatMap(({ id, bus, port }) => [id, `${bus}-${port}`]));
}
