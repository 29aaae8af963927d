/** Which machine a VM gets. Source: get_vm_machine, extract_version and windows_get_pinned_machine_version of the original. */
import { PaveError } from '../../errors.js';
import type { QemuInfo } from '../../host/platform-types.js';
import { parsePropertyString, printPropertyString } from '../../schema/propertyString.js';
import { machineFormat } from '../options/machine.js';
import { windowsVersion } from './ostype.js';
import {
  compareVersions,
  type MachineVersion,
  parseVersion,
  pveRevision,
  versionOfMachine,
} from './version.js';

export interface MachineConfig {
  type?: string;
  viommu?: 'intel' | 'virtio';
  'aw-bits'?: string | number;
  'enable-s3'?: string | number;
  'enable-s4'?: string | number;
}

export interface Machine {
  /** With the original's revision where it knows one: `pc+pve0`, `pc-q35-9.2+pve1`. */
  type: string;
  base: 'i440fx' | 'q35' | 'virt';
  version: MachineVersion;
  config: MachineConfig;
  /** Network boot ROMs of the time before QEMU 2.4. */
  oldRoms: boolean;
}

const UNVERSIONED = /^(?:pc|q35|virt)$/;

export function parseMachine(text: string | undefined): MachineConfig {
  return text === undefined || text === ''
    ? {}
    : (parsePropertyString(machineFormat, text) as MachineConfig);
}

/** Is the config's machine a q35? */
export function isQ35(values: ReadonlyMap<string, string>): boolean {
  return /q35/.test(parseMachine(values.get('machine')).type ?? '');
}

export function defaultMachine(arch: string): 'pc' | 'virt' {
  return arch === 'aarch64' ? 'virt' : 'pc';
}

export function baseOfMachine(type: string): Machine['base'] {
  if (type.includes('q35')) return 'q35';
  if (type.startsWith('pc')) return 'i440fx';
  if (type.startsWith('virt')) return 'virt';
  throw new PaveError(`unable to determine machine base type '${type}'`);
}

/** QEMU version a VM was made with, from its `meta`; undefined where it does not say. */
export function creationQemu(meta: string | undefined): string | undefined {
  return /(?:^|,)creation-qemu=(\d+(?:\.\d+)+)(?:,|$)/.exec(meta ?? '')?.[1];
}

/**
 * Windows takes a changed machine badly: a VM without version keeps the one it was made with, and
 * one that does not say stays at 5.1.
 */
function pinnedForWindows(type: string, meta: string | undefined, qemu: QemuInfo): string {
  const [major, minor] = qemu.version;
  const created = creationQemu(meta);
  let version = '5.1';
  if (created !== undefined && compareVersions(parseVersion(created), [9, 1]) >= 0) {
    version = parseVersion(created).slice(0, 2).join('.');
  }
  if (compareVersions(parseVersion(version), [major, minor]) > 0) {
    const revision = pveRevision(major, minor);
    version = `${major}.${minor}${revision > 0 ? `+pve${revision}` : ''}`;
  }
  return { pc: `pc-i440fx-${version}`, q35: `pc-q35-${version}`, virt: `virt-${version}` }[type]!;
}

/**
 * The `machine` of a Windows VM with the newest version in place of none: what it is made with is
 * what it keeps. Undefined where nothing is to be pinned. Source: check_and_pin_machine_string.
 */
export function pinnedMachine(
  text: string | undefined,
  ostype: string | undefined,
  arch: string,
  qemu: QemuInfo,
): { text: string; type: string } | undefined {
  const config = parseMachine(text);
  const base = config.type ?? defaultMachine(arch);
  if (!UNVERSIONED.test(base) || windowsVersion(ostype) === 0) return undefined;
  const [major, minor] = qemu.version;
  const revision = pveRevision(major, minor);
  const version = `${major}.${minor}${revision > 0 ? `+pve${revision}` : ''}`;
  const type = `${{ pc: 'pc-i440fx', q35: 'pc-q35', virt: 'virt' }[base]!}-${version}`;
  return { type, text: printPropertyString({ ...config, type }, machineFormat) };
}

function machineType(
  values: ReadonlyMap<string, string>,
  arch: string,
  qemu: QemuInfo,
  forced: string | undefined,
): string {
  let type = forced ?? parseMachine(values.get('machine')).type ?? defaultMachine(arch);
  if (UNVERSIONED.test(type)) {
    type =
      windowsVersion(values.get('ostype')) > 0
        ? pinnedForWindows(type, values.get('meta'), qemu)
        : `${type}+pve${pveRevision(qemu.version[0], qemu.version[1])}`;
  }
  if (/\+pve\d+(?:\.pxe)?$/.test(type)) return type;
  return type.endsWith('.pxe') ? `${type.slice(0, -4)}+pve0.pxe` : `${type}+pve0`;
}

function versionOf(type: string, qemu: QemuInfo): MachineVersion {
  const [major, minor] = qemu.version;
  return versionOfMachine(type) ?? { major, minor, pve: pveRevision(major, minor) };
}

/**
 * The machine of a VM; `forced` (e.g. of a saved state) instead of the config's.
 * @throws PaveError when this QEMU is too old for it
 */
export function resolveMachine(
  values: ReadonlyMap<string, string>,
  arch: string,
  qemu: QemuInfo,
  node: string,
  forced?: string,
): Machine {
  const given = machineType(values, arch, qemu, forced);
  const oldRoms = given.endsWith('.pxe');
  const type = oldRoms ? given.slice(0, -4) : given;
  const version = versionOf(given, qemu);
  if (qemu.flavour === 'stock' && forced !== undefined && !forced.includes('+pve')) {
    // Stock QEMU does not tell the revision it was started with: it follows from the config.
    const own = versionOfMachine(machineType(values, arch, qemu, undefined));
    const pinned = own?.major === version.major && own.minor === version.minor;
    version.pve = pinned ? own.pve : pveRevision(version.major, version.minor);
  }
  checkVersion(given, version, qemu, node);
  return {
    type,
    base: baseOfMachine(type),
    version,
    config: parseMachine(values.get('machine')),
    oldRoms: oldRoms || compareVersions([version.major, version.minor], [2, 4]) < 0,
  };
}

function checkVersion(type: string, version: MachineVersion, qemu: QemuInfo, node: string): void {
  const [major, minor, patch] = qemu.version;
  const installed = `${major}.${minor}.${patch}`;
  if (major < 6)
    throw new PaveError(`Detected old QEMU binary ('${installed}', at least 6.0 is required)`);
  // From .90 on it is a release candidate of the next version, which knows more than its number says.
  if (patch >= 90) return;
  if (compareVersions([version.major, version.minor], [major, minor]) > 0) {
    throw new PaveError(
      `Installed QEMU version '${installed}' is too old to run machine type '${type}', please upgrade node '${node}'`,
      qemu.flavour === 'stock'
        ? {
            hint: `or give the VM a machine this QEMU has: ${type.split(/[-+]/)[0]} without version, or ${major}.${minor}`,
          }
        : {},
    );
  }
  const known = pveRevision(version.major, version.minor);
  if (version.pve > known && qemu.flavour === 'pve') {
    throw new PaveError(
      `Installed qemu-server (max feature level for ${version.major}.${version.minor} is pve${known}) is too old to run machine type '${type}', please upgrade node '${node}'`,
    );
  }
}

/** The machine property itself may be one no VM can have. @throws PaveError */
export function checkMachineConfig(machine: MachineConfig): void {
  const bits = machine['aw-bits'] === undefined ? undefined : Number(machine['aw-bits']);
  if (machine.viommu === 'intel') {
    if (!/q35/.test(machine.type ?? ''))
      throw new PaveError('to use Intel vIOMMU please set the machine type to q35');
    if (bits !== undefined && bits !== 39 && bits !== 48)
      throw new PaveError('Intel vIOMMU supports only 39 or 48 bits as address width');
  }
  if (bits !== undefined && machine.viommu === undefined)
    throw new PaveError('cannot set aw-bits if no vIOMMU is configured');
}
