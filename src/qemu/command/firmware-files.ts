/** Which firmware images a VM gets. Source: OVMF.pm of the original; for stock QEMU what Debian ships. */
import { PaveError } from '../../errors.js';
import type { Drive } from '../drive/index.js';
import { isSet } from './drive-options.js';

export interface FirmwareFiles {
  code: string;
  /** A fresh set of variables; undefined for firmware that keeps none. */
  vars: string | undefined;
}

/** The double slash at the end of a directory is the original's. */
const PVE = '/usr/share/pve-edk2-firmware//';

type Images = Record<string, [code: string, vars?: string]>;

const PVE_X86: Images = {
  '4m-no-smm': ['OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd'],
  '4m-no-smm-ms': ['OVMF_CODE_4M.fd', 'OVMF_VARS_4M.ms.fd'],
  '4m': ['OVMF_CODE_4M.secboot.fd', 'OVMF_VARS_4M.fd'],
  '4m-ms': ['OVMF_CODE_4M.secboot.fd', 'OVMF_VARS_4M.ms.fd'],
  '4m-sev': ['OVMF_SEV_CODE_4M.fd', 'OVMF_SEV_VARS_4M.fd'],
  '4m-snp': ['OVMF_SEV_4M.fd'],
  '4m-tdx': ['OVMF_TDX_4M.ms.fd'],
  default: ['OVMF_CODE.fd', 'OVMF_VARS.fd'],
};

const PVE_ARM: Images = {
  ms: ['AAVMF_CODE.secboot.fd', 'AAVMF_VARS.ms.fd'],
  default: ['AAVMF_CODE.fd', 'AAVMF_VARS.fd'],
};

const OVMF = '/usr/share/OVMF/';
const AAVMF = '/usr/share/AAVMF/';

/** Of the packages ovmf and qemu-efi-aarch64. Without SMM nothing protects the keys: no secure boot. */
const DEBIAN_X86: Images = {
  '4m-no-smm': ['OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd'],
  '4m-no-smm-ms': ['OVMF_CODE_4M.fd', 'OVMF_VARS_4M.ms.fd'],
  '4m': ['OVMF_CODE_4M.secboot.fd', 'OVMF_VARS_4M.fd'],
  '4m-ms': ['OVMF_CODE_4M.secboot.fd', 'OVMF_VARS_4M.ms.fd'],
  // Debian's general image knows SEV and SEV-ES.
  '4m-sev': ['OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd'],
  default: ['OVMF_CODE.fd', 'OVMF_VARS.fd'],
};

const DEBIAN_ARM: Images = {
  ms: ['AAVMF_CODE.ms.fd', 'AAVMF_VARS.ms.fd'],
  default: ['AAVMF_CODE.fd', 'AAVMF_VARS.fd'],
};

/** What decides which images a VM gets. */
export interface FirmwareNeed {
  arch: string;
  stock: boolean;
  /** A q35 machine, whose system management mode guards the variables. */
  q35: boolean;
  /** How the guest's memory is protected; undefined where it is not. */
  confidential: string | undefined;
  /** Firmware images of this host, path -> bytes; undefined where nobody looked. */
  present: ReadonlyMap<string, number> | undefined;
  warn: (text: string) => void;
}

/** Which set: by the disk's size and keys, and by what protects the guest's memory. */
function imageSet(need: FirmwareNeed, disk: Drive | undefined): string {
  const keys = isSet(disk?.['pre-enrolled-keys']);
  const { arch, confidential } = need;
  if (arch === 'aarch64') return keys ? 'ms' : 'default';
  if (confidential === 'snp' || confidential === 'tdx') return `4m-${confidential}`;
  if (confidential !== undefined) return '4m-sev';
  if (disk?.efitype !== '4m' && !(disk === undefined && lacksSmall(need))) return 'default';
  return `4m${need.q35 ? '' : '-no-smm'}${keys ? '-ms' : ''}`;
}

/** Debian 13 has no 2 MB firmware any more. A VM that keeps no variables does with the other. */
function lacksSmall({ stock, present }: FirmwareNeed): boolean {
  return stock && present !== undefined && !present.has(`${OVMF}${DEBIAN_X86.default![0]}`);
}

/** @throws PaveError when the host does not have the images */
export function firmwareFiles(need: FirmwareNeed, disk: Drive | undefined): FirmwareFiles {
  const arm = need.arch === 'aarch64';
  const set = imageSet(need, disk);
  const images = need.stock ? (arm ? DEBIAN_ARM : DEBIAN_X86) : arm ? PVE_ARM : PVE_X86;
  const dir = need.stock ? (arm ? AAVMF : OVMF) : PVE;
  const present = (file: string) => need.present?.has(dir + file) ?? true;
  let [code, vars] = images[set] ?? missing(set);
  if (arm && set === 'ms' && !present(code)) {
    need.warn(
      `requested EFI image with pre-enrolled-keys, but ignoring because ${dir}${code} file is missing`,
    );
    [code, vars] = images.default!;
  }
  if (need.stock && set === 'default' && !arm && !present(code) && present('OVMF_CODE_4M.fd')) {
    throw new PaveError(
      `EFI base image '${dir}${code}' not found: this host's firmware has no small (2 MB) variant`,
      { hint: 'give the VM a new disk with efitype=4m' },
    );
  }
  const hint = { hint: `apt install ${arm ? 'qemu-efi-aarch64' : 'ovmf'}` };
  if (!present(code))
    throw new PaveError(`EFI base image '${dir}${code}' not found`, need.stock ? hint : {});
  if (vars !== undefined && !present(vars))
    throw new PaveError(`EFI vars image '${dir}${vars}' not found`, need.stock ? hint : {});
  return { code: dir + code, vars: vars === undefined ? undefined : dir + vars };
}

function missing(set: string): never {
  const what = set.replace('4m-', '').toUpperCase();
  throw new PaveError(`bios: Debian has no UEFI firmware for ${what} guests that Pavé can use`);
}

/** Where firmware images lie on a Debian and on a Proxmox VE host. */
export const FIRMWARE_DIRS: readonly string[] = [OVMF, AAVMF, PVE];
