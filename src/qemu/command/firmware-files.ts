/** Which firmware images a VM gets. Source: OVMF.pm of the original; for stock QEMU what Debian ships. */
import { PaveError } from '../../errors.js';
import type { Drive } from '../drive/index.js';
import type { Draft } from './draft.js';
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
  default: ['OVMF_CODE.fd', 'OVMF_VARS.fd'],
};

const DEBIAN_ARM: Images = {
  ms: ['AAVMF_CODE.ms.fd', 'AAVMF_VARS.ms.fd'],
  default: ['AAVMF_CODE.fd', 'AAVMF_VARS.fd'],
};

/** Which set: by the disk's size and keys, and by what protects the guest's memory. */
function imageSet(
  arch: string,
  disk: Drive | undefined,
  smm: boolean,
  confidential: string | undefined,
): string {
  const keys = isSet(disk?.['pre-enrolled-keys']);
  if (arch === 'aarch64') return keys ? 'ms' : 'default';
  if (confidential === 'snp' || confidential === 'tdx') return `4m-${confidential}`;
  if (confidential !== undefined) return '4m-sev';
  if (disk?.efitype !== '4m') return 'default';
  return `4m${smm ? '' : '-no-smm'}${keys ? '-ms' : ''}`;
}

/** @throws PaveError when the host does not have the images */
export function firmwareFiles(
  draft: Draft,
  disk: Drive | undefined,
  confidential: string | undefined,
): FirmwareFiles {
  const arm = draft.arch === 'aarch64';
  const set = imageSet(draft.arch, disk, draft.q35, confidential);
  const images = draft.stock ? (arm ? DEBIAN_ARM : DEBIAN_X86) : arm ? PVE_ARM : PVE_X86;
  const dir = draft.stock ? (arm ? AAVMF : OVMF) : PVE;
  const present = (file: string) => draft.facts.firmware?.has(dir + file) ?? true;
  let [code, vars] = images[set] ?? missing(set);
  if (arm && set === 'ms' && !present(code)) {
    draft.warn(
      `requested EFI image with pre-enrolled-keys, but ignoring because ${dir}${code} file is missing`,
    );
    [code, vars] = images.default!;
  }
  if (draft.stock && set === 'default' && !arm && !present(code)) {
    throw new PaveError(
      `EFI base image '${dir}${code}' not found: this host's firmware has no small (2 MB) variant`,
      { hint: 'give the VM a new disk with efitype=4m' },
    );
  }
  if (!present(code)) {
    const hint = { hint: `apt install ${arm ? 'qemu-efi-aarch64' : 'ovmf'}` };
    throw new PaveError(`EFI base image '${dir}${code}' not found`, draft.stock ? hint : {});
  }
  return { code: dir + code, vars: vars === undefined ? undefined : dir + vars };
}

function missing(set: string): never {
  throw new PaveError(`Debian has no UEFI firmware for '${set}'`);
}
