/** The guest's hookscript. Source: GuestHelpers.pm of the original. */
import type { Context } from '../commands/define.js';
import type { GuestConfig } from '../config/types.js';
import { messageOf, PaveError } from '../errors.js';
import { parseVolume, volumePath } from '../storage/index.js';

export type HookPhase = 'pre-start' | 'post-start' | 'pre-stop' | 'post-stop';

type HookContext = Pick<Context, 'host' | 'store' | 'out'>;

/** Path of the script behind a volume id. @throws PaveError when it is no executable snippet */
export function checkHookscript(ctx: HookContext, volid: string): string {
  const path = volumePath(ctx, volid);
  if (parseVolume(ctx, volid).vtype !== 'snippets')
    throw new PaveError(`'${volid}' is not in the snippets directory`);
  if (ctx.host.files.stat(path)?.kind !== 'file')
    throw new PaveError(`script '${volid}' does not exist`);
  if (!ctx.host.files.executable(path))
    throw new PaveError(`script '${volid}' is not executable`, { hint: `chmod +x ${path}` });
  return path;
}

/** Runs the script, if there is one. A failure stops pre-start; elsewhere it is a warning. */
export async function runHookscript(
  ctx: HookContext,
  config: GuestConfig,
  vmid: number,
  phase: HookPhase,
): Promise<void> {
  const volid = config.main.values.get('hookscript');
  if (volid === undefined) return;
  try {
    const path = checkHookscript(ctx, volid);
    await ctx.host.run([path, String(vmid), phase], {
      effect: 'change',
      onStdout: (line) => ctx.out.line(line),
      onStderr: (line) => ctx.out.line(line),
    });
  } catch (error) {
    const text = `hookscript error for ${vmid} on ${phase}: ${messageOf(error)}`;
    if (phase === 'pre-start') throw new PaveError(text);
    ctx.out.warn(text);
  }
}
