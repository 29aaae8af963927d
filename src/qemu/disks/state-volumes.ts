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
  const template = ctx.host.files.readBytes(vars!);
  if (template === undefined) throw new PaveError(`EFI vars image '${vars}' not found`);
  const volid = await allocate(ctx, request, template.length);
  await activateVolumes(ctx, [volid]);
  await fill(ctx, vars!, volid);
  if (isSet(drive['pre-enrolled-keys']) && holdsCertificate2023(template))
    drive['ms-cert'] = '2023k';
  return { volid, size: template.length };
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

const CERTIFICATE_2023 = 'Microsoft UEFI CA 2023';

/** Certificates hold their names as plain text, and no other one is called so. */
function holdsCertificate2023(vars: Uint8Array): boolean {
  return Buffer.from(vars.buffer, vars.byteOffset, vars.length).includes(CERTIFICATE_2023);
}
