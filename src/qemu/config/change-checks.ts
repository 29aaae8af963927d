/** What a change must not do to the VM it is for. */
import type { Context } from '../../commands/define.js';
import type { GuestConfig } from '../../config/types.js';
import { ParamError, PaveError } from '../../errors.js';
import { checkLock, checkProtection, type Guest } from '../../guest/load.js';
import { isVolumeUsed } from '../../guest/unused.js';
import { volumeSize } from '../../storage/index.js';
import { bootOrderList } from '../boot.js';
import { isDriveKey, parseDrive } from '../drive/index.js';
import type { Change } from './change.js';
import { balloonErrors } from './parameters.js';

/** @throws PaveError for one that is locked or protected */
export function checkGuest({ config, vmid }: Guest, change: Change): void {
  // A suspended guest may have its saved memory taken away.
  const dropsState =
    change.deletes.includes('vmstate') && config.main.values.get('lock') === 'suspended';
  if (!dropsState) checkLock(config, change.skiplock, vmid);
  for (const key of change.deletes) {
    // What is not there is only warned about.
    if (!config.main.values.has(key) && !config.pending.values.has(key)) continue;
    if (isDriveKey(key) || key === 'vmstate')
      checkProtection(config, `can't remove drive '${key}'`);
    if (/^unused\d+$/.test(key))
      checkProtection(config, `can't remove unused disk '${config.main.values.get(key)}'`);
  }
}

/** @throws ParamError */
export function checkBalloon({ config }: Guest, change: Change): void {
  const present = new Map([...config.main.values, ...config.pending.values]);
  for (const key of change.deletes) present.delete(key);
  const errors = balloonErrors(change.values, present);
  if (Object.keys(errors).length > 0) throw new ParamError(errors);
}

/** An unusedN names a volume that nothing else does, and takes no other one's place. @throws ParamError */
export async function checkUnused(
  ctx: Context,
  config: GuestConfig,
  change: Change,
): Promise<void> {
  const errors: Record<string, string> = {};
  for (const [key, text] of change.values) {
    if (!/^unused\d+$/.test(key)) continue;
    const volid = parseDrive(key, text).file;
    const present = config.main.values.get(key);
    if (present !== undefined && parseDrive(key, present).file !== volid)
      errors[key] = `'${present}' is there; delete that first, or take a free number`;
    else if (isVolumeUsed(config, volid, key)) errors[key] = `volume '${volid}' is in use`;
    else if ((await volumeSize(ctx, volid)) === undefined)
      errors[key] = `volume '${volid}' does not exist`;
  }
  if (Object.keys(errors).length > 0) throw new ParamError(errors);
}

/** @throws PaveError for a boot device the VM does not have */
export function checkBootOrder(config: GuestConfig, change: Change, text: string): void {
  for (const device of bootOrderList(new Map([['boot', text]])) ?? []) {
    const exists =
      config.main.values.has(device) ||
      config.pending.values.has(device) ||
      change.values.has(device);
    if (!exists || change.deletes.includes(device))
      throw new PaveError(`invalid bootorder: device '${device}' does not exist'`);
  }
}
