import { bringBackHeld } from '../../backup/source/killed.js';
import { messageOf, PaveError } from '../../errors.js';
import { removeBackupLocks } from '../../guest/boot-locks.js';
import { startupGuests } from '../../guest/startup.js';
import { ensureNat } from '../../network/nat.js';
import { startVm } from '../../qemu/runtime/start.js';
import { isHalfStarted } from '../../qemu/runtime/starting.js';
import { runningPid } from '../../qemu/runtime/state.js';
import { boolean } from '../../schema/props.js';
import { runTask } from '../../task/index.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Start the guests of this node that shall start with it, in their order.',
  description:
    'Called when the host has booted. A guest that cannot be started does not keep the others from it.',
  args: {},
  options: { all: boolean({ description: 'Also guests whose onboot is not set.' }) },
  effect: 'change',
  async run(ctx, { all }) {
    const wanted = startupGuests(ctx.store).filter(
      (guest) => guest.kind === 'qemu' && !guest.template && (all || guest.onboot),
    );
    const failed: number[] = [];
    await ensureNat(ctx);
    await runTask(ctx, { type: 'startall' }, async (task) => {
      await bringBackHeld(task.ctx, { wait: true });
      await removeBackupLocks(task.ctx);
      for (const [index, { vmid, up = 0 }] of wanted.entries()) {
        task.check();
        const running = runningPid(ctx.host, vmid) !== undefined;
        if (running && !isHalfStarted(ctx.host, vmid)) continue;
        task.log(`Starting VM ${vmid}`);
        try {
          await runTask(task.ctx, { type: 'qmstart', id: vmid }, (inner) =>
            startVm(inner.ctx, vmid),
          );
        } catch (error) {
          if (ctx.signal.aborted) throw error;
          failed.push(vmid);
          task.warn(`VM ${vmid}: ${messageOf(error)}`);
          continue;
        }
        if (up === 0 || index === wanted.length - 1) continue;
        task.log(`Waiting for ${up} seconds (startup delay)`);
        await ctx.host.clock.sleep(up * 1000, ctx.signal);
      }
    });
    if (failed.length > 0) throw new PaveError(`could not start: ${failed.join(', ')}`);
  },
});
