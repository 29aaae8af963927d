/** Waiting for a guest to let go of a device, or to say that it will not. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import type { Qmp, QmpEvent } from '../qmp/client.js';

/** Seconds a guest that says nothing has: one that takes no part never answers. */
const PATIENCE = 60;
/** `_OST` status of "going on". Source: the ACPI specification, ejection processing. */
const IN_PROGRESS = 0x84;

/**
 * Asks QEMU to take a device out and waits until `gone`; nothing is awaited in a dry run.
 * @throws PaveError `what` tells when the guest refuses, or has not let go of it in time
 */
export async function unplugDevice(
  ctx: Context,
  qmp: Qmp,
  id: string,
  gone: () => Promise<boolean>,
  what: () => Promise<string> | string,
  seconds = PATIENCE,
): Promise<void> {
  let refused = false;
  const off = qmp.onEvent((event) => {
    refused ||= isRefusal(event, id);
  });
  try {
    await qmp.execute('device_del', { id });
    if (ctx.host.dryRun) return;
    const end = ctx.host.clock.monotonic() + seconds * 1000;
    while (!(await gone())) {
      if (refused) throw new PaveError(`${await what()}: it says that it is in use`);
      if (ctx.host.clock.monotonic() >= end) throw new PaveError(await what());
      await ctx.host.clock.sleep(100);
    }
  } finally {
    off();
  }
}

/** Does the guest (through ACPI) or QEMU say that this device stays? */
export function isRefusal({ event, data }: QmpEvent, id: string): boolean {
  if (event === 'MEM_UNPLUG_ERROR' || event === 'DEVICE_UNPLUG_GUEST_ERROR')
    return data.device === id;
  if (event !== 'ACPI_DEVICE_OST') return false;
  const info = data.info as { device?: string; status?: number } | undefined;
  return info?.device === id && info.status !== 0 && info.status !== IN_PROGRESS;
}
