/** What a change of the network configuration prints. */
import type { Context } from '../../define.js';

/** The diff of all collected changes, and how to go on. A dry run has shown the file already. */
export async function printCollected(ctx: Context): Promise<void> {
  if (ctx.host.dryRun) return;
  const { stagedDiff } = await import('../../../network/files.js');
  const diff = stagedDiff(ctx.host);
  if (diff === '') ctx.out.info('nothing differs from the configuration in force');
  else {
    ctx.out.line(diff);
    ctx.out.info("collected in /etc/network/interfaces.new; 'pave network apply' puts it in force");
  }
}
