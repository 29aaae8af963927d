/** UEFI firmware with its variables, and the TPM. Source: OVMF.pm of the original. */
import { PaveError } from '../../errors.js';
import { type Drive, parseDrive } from '../drive/index.js';
import { amdSevFormat, intelTdxFormat } from '../options/confidential.js';
import { driveNodes, throttleGroup } from './block-nodes.js';
import { checkBitness } from './cpu.js';
import { type Draft, escapeComma } from './draft.js';
import { formatOf, isSet, volumeOf } from './drive-options.js';
import { type FirmwareFiles, type FirmwareNeed, firmwareFiles } from './firmware-files.js';
import { canonicalJson } from './json.js';

/** How the guest's memory is protected from the host; undefined where it is not. */
export function confidentialType(draft: Draft): string | undefined {
  const given =
    draft.properties<{ type: string }>('amd-sev', amdSevFormat) ??
    draft.properties<{ type: string }>('intel-tdx', intelTdxFormat);
  return given?.type;
}

/** Returns arguments, and adds machine flags. Nothing for SeaBIOS. @throws PaveError */
export function firmwareArguments(draft: Draft): string[] {
  if (draft.value('bios') !== 'ovmf') return [];
  checkBitness(draft);
  const text = draft.value('efidisk0');
  const disk = text === undefined ? undefined : parseDrive('efidisk0', text);
  const files = firmwareFiles(firmwareNeed(draft), disk);
  if (files.vars === undefined) {
    if (disk !== undefined) {
      draft.warn(
        'EFI disks are not supported with Confidential Virtual Machines and will be ignored',
      );
    }
    return ['-bios', files.code];
  }
  const size = draft.facts.firmware?.get(files.vars);
  if (size === undefined) throw new PaveError(`EFI vars image '${files.vars}' not found`);
  if (disk === undefined) {
    draft.warn('no efidisk configured! Using temporary efivars disk.');
    draft.temporaryVars = { path: temporaryVars(draft), template: files.vars };
  }
  return draft.stock || draft.guard(10, 0, 0)
    ? asNodes(draft, files, disk, size)
    : asDrives(draft, files, disk, size);
}

function firmwareNeed(draft: Draft): FirmwareNeed {
  return {
    arch: draft.arch,
    stock: draft.stock,
    q35: draft.q35,
    confidential: confidentialType(draft),
    present: draft.facts.firmware,
    warn: (text) => draft.warn(text),
  };
}

/** Where the variables of a VM without a disk for them are kept while it runs. */
export function temporaryVars(draft: Draft): string {
  const dir = draft.stock ? draft.runDir() : '/run/qemu-server';
  return `${dir}/efidisk/${draft.vmid}-ovmf.fd`;
}

function asNodes(
  draft: Draft,
  files: FirmwareFiles,
  disk: Drive | undefined,
  size: number,
): string[] {
  const code = {
    driver: 'raw',
    file: { driver: 'file', filename: files.code },
    'node-name': 'pflash0',
    'read-only': true,
  };
  const drive = disk ?? temporaryDrive(draft);
  const format = formatOfDisk(draft, drive);
  if (draft.stock && disk !== undefined) checkSize(volumeOf(draft, disk).size, format, size);
  const nodes = driveNodes(draft, drive, {
    readOnly: draft.template,
    // QEMU's own default; without the host's cache the firmware takes ages.
    cache: 'writeback',
    ...(format === 'raw' ? { size } : {}),
  });
  draft.machineFlags.push('pflash0=pflash0', 'pflash1=drive-efidisk0');
  return [
    '-object',
    canonicalJson(throttleGroup(drive)),
    '-blockdev',
    canonicalJson(code),
    '-blockdev',
    canonicalJson(nodes),
  ];
}

/**
 * A volume that is no copy of the firmware's variables: QEMU would refuse it, or the firmware not
 * find its way. Raw ones may be larger, as storages round up. @throws PaveError
 */
function checkSize(is: number | undefined, format: string, wanted: number): void {
  if (is === undefined || is === wanted || (format === 'raw' && is > wanted)) return;
  throw new PaveError(
    `efidisk0: its volume has ${is} bytes, the variables of this VM's firmware ${wanted}`,
    { hint: 'does its efitype fit? A new one: qm set <vmid> --efidisk0 <storage>:1,efitype=4m' },
  );
}

function temporaryDrive(draft: Draft): Drive {
  return { interface: 'efidisk', index: 0, file: temporaryVars(draft), format: 'raw' };
}

function formatOfDisk(draft: Draft, drive: Drive): string {
  const volume = volumeOf(draft, drive);
  if (volume.storeid === undefined && drive.format === undefined)
    throw new PaveError('efidisk format must be specified');
  return drive.format ?? formatOf(drive, volume);
}

function asDrives(
  draft: Draft,
  files: FirmwareFiles,
  disk: Drive | undefined,
  size: number,
): string[] {
  let text = 'if=pflash,unit=1,id=drive-efidisk0';
  if (disk === undefined) {
    text += `,format=raw,file=${temporaryVars(draft)}`;
    if (draft.guard(4, 1, 2)) text += `,size=${size}`;
  } else {
    const format = formatOfDisk(draft, disk);
    let { path } = volumeOf(draft, disk);
    if (path.startsWith('rbd:')) {
      text += ',cache=writeback';
      path += ':rbd_cache_policy=writeback';
    }
    text += `,format=${format},file=${path}`;
    if (format === 'raw' && draft.guard(4, 1, 2)) text += `,size=${size}`;
    if (draft.template) text += ',readonly=on';
  }
  return ['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${files.code}`, '-drive', text];
}

/** A template starts without its TPM: the state may be read-only. */
export function addTpm(draft: Draft): void {
  if (draft.template || !isSet(draft.value('tpmstate0'))) return;
  const socket = escapeComma(draft.runFile('swtpm'));
  draft.devices.push('-chardev', `socket,id=tpmchar,path=${socket}`);
  draft.devices.push('-tpmdev', 'emulator,id=tpmdev,chardev=tpmchar');
  draft.device(
    draft.stock && draft.arch === 'aarch64'
      ? 'tpm-tis-device,tpmdev=tpmdev'
      : 'tpm-tis,tpmdev=tpmdev',
  );
}
