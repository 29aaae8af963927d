/** Ending a shutdown that waits for its guest, so that a stop need not wait for it. */
import type { Context } from '../../commands/define.js';
import { listTasks } from '../../task/index.js';

export async function endShutdowns(ctx: Context, vmid: number): Promise<void> {
  for (const task of listTasks(ctx.host, { source: 'active', vmid })) {
    if (task.type !== 'qmshutdown' || task.pid === ctx.host.processes.self) continue;
    ctx.out.line(`ending task ${task.upid}`);
    ctx.host.processes.kill(task.pid, 'SIGTERM');
  }
}
