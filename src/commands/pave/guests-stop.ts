import { messageOf, PaveError } from '../../errors.js';
import { startupGroups, startupGuests } from '../../guest/startup.js';
import { runningPid } from '../../qemu/runtime/state.js';
import { stopVm } from '../../qemu/runtime/stop.js';
import { boolean, integer } from '../../schema/props.js';
import { runTask } from '../../task/index.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Shut the running guests of this node down, the last started first.',
  description:
    'Guests of the same place in the order go down together; who does not in time is ended.',
  args: {},
  options: {
    'force-stop': boolean({ default: 1, description: 'End guests that do not shut down in time.' }),
    timeout: integer({
      minimum: 0,
      maximum: 7200,
      default: 180,
      description: 'Seconds a guest has that says nothing of its own.',
    }),
  },
  effect: 'change',
  async run(ctx, { 'force-stop': force, timeout }) {
    const running = startupGuests(ctx.store).filter(
      (guest) => guest.kind === 'qemu' && runningPid(ctx.host, guest.vmid) !== undefined,
    );
    const failed: number[] = [];
    await runTask(ctx, { type: 'stopall' }, async (task) => {
      for (const group of startupGroups(running).reverse()) {
        const stopOne = async ({ vmid, down }: (typeof group)[number]) => {
          task.log(`Stopping VM ${vmid} (timeout = ${down ?? timeout ?? 180} seconds)`);
          try {
            await runTask(task.ctx, { type: 'qmshutdown', id: vmid }, (inner) =>
              stopVm(inner.ctx, vmid, {
                shutdown: true,
                force: force !== false,
                timeout: down ?? timeout ?? 180,
              }),
            );
          } catch (error) {
            failed.push(vmid);
            task.warn(`VM ${vmid}: ${messageOf(error)}`);
          }
        };
        await Promise.all(group.map(stopOne));
      }
    });
    if (failed.length > 0) throw new PaveError(`could not stop: ${failed.join(', ')}`);
  },
});
