/** Changes to the drives that hold a VM's own state: UEFI variables and TPM. */
import type { Context } from '../../commands/define.js';
import type { GuestConfig } from '../../config/types.js';
import { PaveError } from '../../errors.js';
import type { Guest } from '../../guest/load.js';
import { enrolCertificates } from '../disks/certificates.js';
import { variablesSize, wantsCertificates } from '../disks/state-volumes.js';
import { parseDrive, printDrive } from '../drive/index.js';
import { runningPid } from '../runtime/state.js';

/** A TPM's state cannot be read as the other version's. @throws PaveError */
export function checkTpmVersion(config: GuestConfig, drives: ReadonlyMap<string, string>): void {
  const [old, next] = [config.main.values, drives].map((values) => {
    const text = values.get('tpmstate0');
    return text === undefined ? undefined : parseDrive('tpmstate0', text);
  });
  if (old === undefined || next === undefined || old.file !== next.file) return;
  if ((old.version ?? 'v1.2') !== (next.version ?? 'v1.2'))
    throw new PaveError('cannot change TPM state version after creation');
}

/**
 * The same EFI disk with `ms-cert=2023…` where it was not: the certificates are enrolled now, not
 * only noted. Puts the final value into `drives`. @throws PaveError when the VM runs
 */
export async function renewCertificates(
  ctx: Context,
  { vmid, config }: Guest,
  drives: Map<string, string>,
): Promise<void> {
  const [old, next] = [config.main.values, drives].map((values) => {
    const text = values.get('efidisk0');
    return text === undefined ? undefined : parseDrive('efidisk0', text);
  });
  if (old === undefined || next === undefined || old.file !== next.file) return;
  if (!wantsCertificates(next) || old['ms-cert'] === next['ms-cert']) return;
  if (runningPid(ctx.host, vmid) !== undefined)
    throw new PaveError('efidisk0: certificates can only be enrolled while the VM is stopped');
  await enrolCertificates(ctx, vmid, next, await variablesSize(ctx, config.main.values, next));
  drives.set('efidisk0', printDrive(next));
}
