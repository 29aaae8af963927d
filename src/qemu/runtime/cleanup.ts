/** Taking away what a VM's run left on the host; whoever comes first does it, once. */
import type { GuestConfig } from '../../config/types.js';
import { messageOf } from '../../errors.js';
import { runHookscript } from '../../guest/hookscript.js';
import type { GuestContext } from '../../guest/load.js';
import { deactivateVolumes } from '../../storage/index.js';
import { driveKeys, managedVolume, parseDrive } from '../drive/index.js';
import { COMPANIONS } from './companions.js';
import { RUN_DIR, runFile } from './state.js';
import { presentTaps, unplugTap } from './tap.js';

/** Stays while a run's post-stop work is still to be done. */
export const CLEANUP_FLAG = 'cleanup';

/** Volumes a VM's drives refer to. */
export function attachedVolumes(values: ReadonlyMap<string, string>): string[] {
  const volids = driveKeys(values).map((key) => managedVolume(parseDrive(key, values.get(key)!)));
  return [...new Set(volids.filter((volid) => volid !== undefined))];
}

/**
 * Removes taps, sockets and the pid file, deactivates volumes and runs the post-stop hook, unless
 * that was done already. The caller holds the guest's lock and knows that QEMU is gone.
 */
export async function cleanupRun(
  ctx: GuestContext,
  vmid: number,
  config: GuestConfig,
  options: { keepActive?: boolean } = {},
): Promise<void> {
  const { host } = ctx;
  const step = async (what: string, work: () => Promise<void> | void) => {
    try {
      await work();
    } catch (error) {
      ctx.out.warn(`${what}: ${messageOf(error)}`);
    }
  };
  for (const tap of presentTaps(host, vmid))
    await step(`removing ${tap}`, () => unplugTap(host, tap));
  for (const { what, remove } of [...COMPANIONS].reverse())
    await step(`unable to remove ${what}`, () => remove(ctx, vmid, config));
  removeRunFiles(ctx, vmid);
  const pending = host.files.exists(runFile(vmid, CLEANUP_FLAG));
  if (!pending) return;
  if (!options.keepActive)
    await step('deactivating volumes', () =>
      deactivateVolumes(ctx, attachedVolumes(config.main.values)),
    );
  host.files.unlink(runFile(vmid, CLEANUP_FLAG));
  await runHookscript(ctx, config, vmid, 'post-stop');
}

/** Sockets and the like; not the lock file, which others may be waiting for. */
export function removeRunFiles({ host }: GuestContext, vmid: number): void {
  const pattern = new RegExp(
    `^${vmid}(?:\\.|_)(?:pid|starting|qmp|qga|vnc|serial\\d+|spice|nbd\\.migrate)$`,
  );
  for (const name of host.files.list(RUN_DIR) ?? [])
    if (pattern.test(name)) host.files.unlink(`${RUN_DIR}/${name}`);
}
