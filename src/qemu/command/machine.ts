/** Machine type, clock, SMBIOS, boot menu. */
import { PaveError } from '../../errors.js';
import { parsePropertyString } from '../../schema/propertyString.js';
import { propertyFormatOfKey } from '../options/index.js';
import { type Build, escapeValue, type Machine } from './build.js';
import type { CommandInput } from './types.js';

/** The config's machine, as stock QEMU names it: `+pve0` is of the original's build. */
export function machineOf(input: CommandInput): Machine {
  const text = input.values.get('machine');
  const props = text === undefined ? {} : parsePropertyString(propertyFormatOfKey('machine'), text);
  const forced = input.options?.forceMachine;
  const type = String(forced ?? props.type ?? 'pc')
    .replace(/\+pve\d+$/, '')
    .replace(/\.pxe$/, '');
  return { type, q35: type.includes('q35') };
}

/** @throws PaveError when QEMU is older than the machine it shall be */
export function checkMachineVersion(build: Build): void {
  const match = /-(\d+)\.(\d+)/.exec(build.machine.type);
  if (match === null || build.atLeast(Number(match[1]), Number(match[2]))) return;
  const version = build.qemu.version.join('.');
  throw new PaveError(
    `Installed QEMU version '${version}' is too old to run machine type '${build.machine.type}'`,
    { hint: 'set a machine without a version: qm set <vmid> --machine q35 (or pc)' },
  );
}

export function addSmbios(build: Build): void {
  if (build.get('smbios1') === undefined) return;
  const { base64, ...props } = build.props('smbios1');
  let text = 'type=1';
  for (const key of Object.keys(props).sort()) {
    const raw = String(props[key]);
    const value = base64 && key !== 'uuid' ? Buffer.from(raw, 'base64').toString('utf8') : raw;
    if (value !== '') text += `,${key}=${escapeValue(value)}`;
  }
  build.option('-smbios', text);
}

export function addClock(build: Build): void {
  const windows = build.windows;
  const acpi = build.on('acpi', true);
  const localtime = build.on('localtime', windows >= 5);
  const drift = build.on('tdf', windows >= 5 && acpi);
  if (windows >= 6) {
    if (build.kvm) build.option('-global', 'kvm-pit.lost_tick_policy=discard');
    build.machineFlags.push('hpet=off');
  } else if (/^l2[46]$/.test(build.get('ostype') ?? '')) {
    build.machineFlags.push('hpet=off');
  }
  if (drift) build.rtc.push('driftfix=slew');
  const startdate = build.get('startdate') ?? 'now';
  if (startdate !== 'now') build.rtc.push(`base=${startdate}`);
  else if (localtime) build.rtc.push('base=localtime');
}

export function addPowerStates(build: Build): void {
  const props = build.props('machine');
  const name = build.machine.q35 ? 'ICH9-LPC' : 'PIIX4_PM';
  if (String(props['enable-s3'] ?? 0) !== '1') build.option('-global', `${name}.disable_s3=1`);
  if (String(props['enable-s4'] ?? 0) !== '1') build.option('-global', `${name}.disable_s4=1`);
}

/** The chipset devices of q35 that the original keeps in a file of its own. */
const Q35_DEVICES = [
  'ich9-usb-ehci1,id=ehci,multifunction=on,bus=pcie.0,addr=1d.7',
  ...[0, 1, 2].map(
    (n) =>
      `ich9-usb-uhci${n + 1},id=uhci-${n + 1},multifunction=on,bus=pcie.0,addr=1d.${n},masterbus=ehci.0,firstport=${2 * n}`,
  ),
  'ich9-usb-ehci2,id=ehci-2,multifunction=on,bus=pcie.0,addr=1a.7',
  ...[0, 1, 2].map(
    (n) =>
      `ich9-usb-uhci${n + 4},id=uhci-${n + 4},multifunction=on,bus=pcie.0,addr=1a.${n},masterbus=ehci-2.0,firstport=${2 * n}`,
  ),
  'ich9-intel-hda,id=audio0,bus=pcie.0,addr=1b.0',
  ...[0, 1, 2, 3].map(
    (n) =>
      `pcie-root-port,id=ich9-pcie-port-${n + 1},x-speed=16,x-width=32,multifunction=on,bus=pcie.0,addr=1c.${n},port=${n + 1},chassis=${n + 1}`,
  ),
  'i82801b11-bridge,id=pcidmi,bus=pcie.0,addr=1e.0',
  ...[0, 1, 2, 3].map(
    (n) => `pci-bridge,id=pci.${n},bus=pcidmi,addr=${n + 1}.0,chassis_nr=${n + 1}`,
  ),
];

/** Bridges and chipset devices, which must come before what sits on them. */
export function bridgeDevices(build: Build, scsihw: string): string[] {
  const { bridges } = build;
  if (bridges.has(4)) bridges.add(1);
  const out: string[] = [];
  if (build.machine.q35) {
    for (const device of Q35_DEVICES) out.push('-device', device);
  } else {
    bridges.add(1).add(2);
    if (scsihw === 'virtio-scsi-single') bridges.add(3);
  }
  for (const number of [...bridges].sort((a, b) => a - b)) {
    if (number === 0 || (build.machine.q35 && number < 4)) continue;
    out.push(
      '-device',
      `pci-bridge,id=pci.${number},chassis_nr=${number + (build.machine.q35 ? 1 : 0)}${bridgeAddress(number)}`,
    );
  }
  return out;
}

function bridgeAddress(number: number): string {
  const places: Record<number, string> = {
    1: ',bus=pci.0,addr=0x1e',
    2: ',bus=pci.0,addr=0x1f',
    3: ',bus=pci.0,addr=0x5',
    4: ',bus=pci.1,addr=0x1c',
  };
  return places[number]!;
}
