import { messageOf, PaveError } from '../../errors.js';
import { startupGroups, startupGuests } from '../../guest/startup.js';
import { ensureNat } from '../../network/nat.js';
import { startVm } from '../../qemu/runtime/start.js';
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
      for (const group of startupGroups(wanted)) {
        let delay = 0;
        for (const { vmid, up } of group) {
          task.check();
          if (runningPid(ctx.host, vmid) !== undefined) continue;
          task.log(`Starting VM ${vmid}`);
          try {
            await runTask(task.ctx, { type: 'qmstart', id: vmid }, (inner) =>
              startVm(inner.ctx, vmid),
            );
            delay = Math.max(delay, up ?? 0);
          } catch (error) {
            failed.push(vmid);
            task.warn(`VM ${vmid}: ${messageOf(error)}`);
          }
        }
        if (delay > 0) {
          task.log(`Waiting for ${delay} seconds (startup delay)`);
          await ctx.host.clock.sleep(delay * 1000);
        }
      }
    });
    if (failed.length > 0) throw new PaveError(`could not start: ${failed.join(', ')}`);
  },
});
