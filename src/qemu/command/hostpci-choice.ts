/** Which of the host's PCI devices a VM gets. Source: parse_hostpci_devices and choose_hostpci_devices of the original. */
import { messageOf, PaveError } from '../../errors.js';
import { parsePropertyString } from '../../schema/propertyString.js';
import { hostpciNFormat } from '../options/passthrough.js';
import type { HostFacts, PciFunction } from './facts.js';

export const MAX_HOSTPCI = 16;

export interface HostPci {
  /** What the config says besides the addresses. */
  options: Record<string, string | number | undefined>;
  /** Functions of one device, or, for a mediated device, the cards it can be made on. */
  ids: PciFunction[];
  mdev?: string;
  /** Number of an NVIDIA vGPU type, set on the card itself. */
  nvidia?: string;
  liveMigrationCapable: boolean;
}

interface Parsed extends Omit<HostPci, 'ids'> {
  alternatives: PciFunction[][];
}

function isOn(value: string | number | undefined): boolean {
  return value !== undefined && String(value) !== '0';
}

/** Functions behind an address without function, `01:00`, or the one of `0000:01:00.4`. */
function functionsOf(devices: readonly PciFunction[] | undefined, given: string): PciFunction[] {
  const id = /^[0-9a-f]{4,}:/.test(given) ? given : `0000:${given}`;
  // Not looked up: an address that names its function is taken as it is.
  if (devices === undefined) return /\.[a-f0-9]$/.test(id) ? [{ id }] : [];
  return devices.filter((device) => device.id.startsWith(id));
}

function parseOne(text: string, facts: HostFacts): Parsed {
  const { host, mapping, ...options } = parsePropertyString(hostpciNFormat, text) as Record<
    string,
    string
  >;
  if (host !== undefined && mapping !== undefined)
    throw new PaveError("Cannot set both 'host' and 'mapping'.");
  let addresses: readonly (readonly string[])[];
  let liveMigrationCapable = false;
  if (mapping !== undefined) {
    const found = facts.pciMappings?.get(mapping);
    if (found === undefined || found.alternatives.length === 0)
      throw new PaveError(`PCI device mapping not found for '${mapping}'`);
    addresses = found.alternatives;
    liveMigrationCapable = found.liveMigrationCapable ?? false;
  } else if (host !== undefined) {
    addresses = [host.split(';')];
  } else {
    throw new PaveError("Either 'host' or 'mapping' must be set.");
  }
  const alternatives = addresses.map((ids) =>
    ids.flatMap((id) => {
      const found = functionsOf(facts.pciDevices, id);
      if (found.length === 0) throw new PaveError(`no PCI device found for '${id}'`);
      return found;
    }),
  );
  return { options, alternatives, liveMigrationCapable, ...mediated(options.mdev, alternatives) };
}

function mediated(
  mdev: string | undefined,
  alternatives: PciFunction[][],
): { mdev?: string; nvidia?: string } {
  if (mdev === undefined) return {};
  if (alternatives.some((ids) => ids.length > 1))
    throw new PaveError('cannot use mediated device with multifunction device');
  const nvidia = /^nvidia-(\d+)$/.exec(mdev)?.[1];
  return nvidia !== undefined && alternatives.some(([first]) => first?.nvidia)
    ? { nvidia }
    : { mdev };
}

export interface HostPciConfig {
  q35: boolean;
  vga: string | undefined;
  /** Errors begin with the key they are about. */
  named?: boolean;
}

function checkLegacyIgd(device: Parsed, config: HostPciConfig): void {
  const fail = (reason: string): never => {
    throw new PaveError(`legacy IGD assignment ${reason}`);
  };
  if (config.vga !== 'none') fail("requires VGA mode to be 'none'");
  if (device.options.rombar !== undefined && !isOn(device.options.rombar))
    fail('requires rombar to be enabled');
  if (isOn(device.options['x-vga'])) fail('is not compatible with x-vga');
  if (device.mdev !== undefined || device.nvidia !== undefined) fail('is not compatible with mdev');
  if (config.q35) fail('is not compatible with q35');
  if (device.alternatives.some((ids) => ids.length > 1))
    fail('is not compatible with multifunction devices');
  if (device.alternatives.length > 1) fail('is not compatible with alternate devices');
  if (!/02\.0$/.test(device.alternatives[0]![0]!.id))
    fail('only works for devices on host bus 00:02.0');
}

/**
 * The devices of every `hostpci` by number. Of several alternatives the first that neither this VM
 * nor another one uses. @throws PaveError
 */
export function chooseHostPci(
  values: ReadonlyMap<string, string>,
  facts: HostFacts,
  config: HostPciConfig,
): Map<number, HostPci> {
  const parsed = new Map<number, Parsed>();
  for (let n = 0; n < MAX_HOSTPCI; n++) {
    const text = values.get(`hostpci${n}`);
    if (text === undefined || text === '') continue;
    try {
      const device = parseOne(text, facts);
      checkOne(device, parsed, config);
      parsed.set(n, device);
    } catch (error) {
      if (!config.named) throw error;
      throw new PaveError(`hostpci${n}: ${messageOf(error)}`, { cause: error });
    }
  }
  return choose(parsed, facts.pciReserved ?? new Set());
}

function checkOne(
  device: Parsed,
  others: ReadonlyMap<number, Parsed>,
  config: HostPciConfig,
): void {
  if (!config.q35 && isOn(device.options.pcie))
    throw new PaveError('q35 machine model is not enabled');
  if (!isOn(device.options['legacy-igd'])) return;
  if ([...others.values()].some((other) => isOn(other.options['legacy-igd'])))
    throw new PaveError('only one device can be assigned in legacy-igd mode');
  checkLegacyIgd(device, config);
}

function choose(parsed: Map<number, Parsed>, reserved: ReadonlySet<string>): Map<number, HostPci> {
  const chosen = new Map<number, HostPci>();
  const used = new Set<string>();
  for (const [n, { alternatives, ...device }] of parsed) {
    if (device.mdev !== undefined) {
      chosen.set(n, { ...device, ids: alternatives.map(([first]) => first!) });
      continue;
    }
    const ids =
      alternatives.length === 1
        ? alternatives[0]!
        : alternatives.find(
            (list) =>
              !list.some(({ id }) => used.has(id)) && !list.some(({ id }) => reserved.has(id)),
          );
    if (ids === undefined) throw new PaveError(`could not find a free device for 'hostpci${n}'`);
    for (const { id } of ids) {
      if (used.has(id)) throw new PaveError(`device '${id}' assigned more than once`);
      used.add(id);
    }
    chosen.set(n, { ...device, ids });
  }
  return chosen;
}
