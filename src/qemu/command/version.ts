/** QEMU and machine versions. Source: min_version, version_cmp and PVE_MACHINE_VERSION of the original. */
import { PaveError } from '../../errors.js';

/** Highest `+pveN` revision of a machine version that the original knows. */
const PVE_REVISIONS: Record<string, number> = { '4.1': 2, '9.2': 1, '10.0': 1, '11.0': 2 };

export interface MachineVersion {
  major: number;
  minor: number;
  /** The original's own revision of that version's hardware layout. */
  pve: number;
}

export function pveRevision(major: number, minor: number): number {
  return PVE_REVISIONS[`${major}.${minor}`] ?? 0;
}

/** Of a machine type such as `pc-q35-9.2+pve1`; undefined for one without version. */
export function versionOfMachine(type: string): MachineVersion | undefined {
  const match = /^(?:pc(?:-i440fx|-q35)?|virt)-(\d+)\.(\d+)(?:\.\d+)?(?:\+pve(\d+))?/.exec(type);
  if (match === null) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), pve: Number(match[3] ?? 0) };
}

/** Negative, zero or positive. */
export function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function versionAtLeast(
  version: MachineVersion,
  major: number,
  minor: number,
  pve = 0,
): boolean {
  return compareVersions([version.major, version.minor, version.pve], [major, minor, pve]) >= 0;
}

/** `7.2` of `7.2.22` and the like. @throws PaveError */
export function parseVersion(text: string): readonly number[] {
  if (!/^\d+(\.\d+)+/.test(text)) throw new PaveError(`'${text}' is no version`);
  return /^\d+(\.\d+)+/.exec(text)![0].split('.').map(Number);
}
