/** New volumes of a size of their own: UEFI variables and TPM state. Source: OVMF.pm, create_disks of the original. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import { probePlatform } from '../../host/platform.js';
import {
  activateVolumes,
  allocVolume,
  freeVolume,
  parseVolume,
  volumePath,
} from '../../storage/index.js';
import type { ImageFormat } from '../../storage/types.js';
import type { UndoStack } from '../../task/undo.js';
import { isSet } from '../command/drive-options.js';
import { type FirmwareFiles, firmwareFiles } from '../command/firmware-files.js';
import { firmwareImages } from '../command/host-facts.js';
import { isQ35 } from '../command/machine-type.js';
import type { Drive } from '../drive/index.js';
import { TPM_STATE_SIZE } from '../runtime/tpm.js';
import { ENROLLED, enrolCertificates, holdsCertificates, requireEnroller } from './certificates.js';

type Values = ReadonlyMap<string, string>;

export interface StateVolume {
  volid: string;
  /** Bytes. */
  size: number;
}

export interface StateRequest {
  vmid: number;
  storeid: string;
  drive: Drive;
  /** The VM's config as it will be. */
  config: Values;
  undo: UndoStack;
}

/** A TPM's state, still empty: it is manufactured at the first start. */
export async function makeTpmState(ctx: Context, request: StateRequest): Promise<StateVolume> {
  return { volid: await allocate(ctx, request, TPM_STATE_SIZE), size: TPM_STATE_SIZE };
}

/** A fresh set of UEFI variables. Notes in the drive which of Microsoft's certificates it holds. */
export async function makeEfiDisk(ctx: Context, request: StateRequest): Promise<StateVolume> {
  const { drive } = request;
  const { vars } = await firmwareOf(ctx, request.config, drive);
  if (wantsCertificates(drive)) checkWanted(drive);
  const template = ctx.host.files.readBytes(vars!);
  if (template === undefined) throw new PaveError(`EFI vars image '${vars}' not found`);
  if (wantsCertificates(drive) && !holdsCertificates(template)) requireEnroller(ctx);
  if (isSet(drive['pre-enrolled-keys']) && drive.efitype !== '4m')
    ctx.out.warn('efidisk0: pre-enrolled-keys has no effect without efitype=4m');
  const volid = await allocate(ctx, request, template.length);
  await activateVolumes(ctx, [volid]);
  await fill(ctx, vars!, volid);
  drive.file = volid;
  if (isSet(drive['pre-enrolled-keys']) && holdsCertificates(template)) drive['ms-cert'] = ENROLLED;
  else if (wantsCertificates(drive))
    await enrolCertificates(ctx, request.vmid, drive, template.length);
  return { volid, size: template.length };
}

/** `ms-cert=2023…`: the new certificates are to be there. */
export function wantsCertificates(drive: Drive): boolean {
  return String(drive['ms-cert'] ?? '').startsWith('2023');
}

function checkWanted(drive: Drive): void {
  if (!isSet(drive['pre-enrolled-keys']))
    throw new PaveError('efidisk0: ms-cert needs pre-enrolled-keys=1');
}

/**
 * The images a VM with that disk gets on this host.
 * @throws PaveError where there are none, or none that keep variables
 */
export async function firmwareOf(
  ctx: Context,
  config: Values,
  drive: Drive,
): Promise<FirmwareFiles> {
  const platform = await probePlatform(ctx.host);
  const arch = config.get('arch') ?? platform.arch;
  const confidential = confidentialOf(config);
  const qemu = platform.qemu[arch as keyof typeof platform.qemu];
  const files = firmwareFiles(
    {
      arch,
      stock: qemu?.flavour !== 'pve',
      q35: isQ35(config),
      confidential,
      present: firmwareImages(ctx.host),
      warn: (text) => ctx.out.warn(text),
    },
    drive,
  );
  if (files.vars === undefined)
    throw new PaveError(
      `${confidential?.toUpperCase()} uses consolidated read-only firmware and does not require an EFI disk`,
    );
  return files;
}

/** Bytes of the variables of a VM with that disk. */
export async function variablesSize(ctx: Context, config: Values, drive: Drive): Promise<number> {
  const { vars } = await firmwareOf(ctx, config, drive);
  const stat = ctx.host.files.stat(vars!);
  if (stat === undefined) throw new PaveError(`EFI vars image '${vars}' not found`);
  return stat.size;
}

function confidentialOf(config: Values): string | undefined {
  const text = config.get('amd-sev') ?? config.get('intel-tdx');
  return text === undefined ? undefined : /(?:^|type=)(std|es|snp|tdx)/.exec(text)?.[1];
}

async function allocate(ctx: Context, request: StateRequest, size: number): Promise<string> {
  const { vmid, storeid, drive, undo } = request;
  const format = drive.format as ImageFormat | undefined;
  const volid = await allocVolume(ctx, storeid, { vmid, format, size });
  undo.add(`remove volume '${volid}'`, () => freeVolume(ctx, volid));
  return volid;
}

/** On a device every byte is written: what lay there before must not show through. */
async function fill(ctx: Context, template: string, volid: string): Promise<void> {
  const format = parseVolume(ctx, volid).format ?? 'raw';
  const path = volumePath(ctx, volid);
  const whole = ctx.host.files.stat(path)?.kind === 'file' ? [] : ['-S', '0'];
  await ctx.host.run(
    ['qemu-img', 'convert', '-n', ...whole, '-f', 'raw', '-O', format, template, path],
    { effect: 'change', purpose: `copy ${template} to ${volid}` },
  );
}
