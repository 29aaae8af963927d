/** Checking backups: every checksum of every archive of a chain; the verdict stays beside the archive. */
import type { Context } from '../commands/define.js';
import { messageOf, PaveError } from '../errors.js';
import { InterruptedError } from '../host/errors.js';
import { VERIFIED_SUFFIX } from '../storage/files/increments.js';
import type { VolumeInfo } from '../storage/types.js';
import { resolveChain } from './chain/resolve.js';
import { verifyArchive } from './tool/verify.js';

export type Verdict = NonNullable<VolumeInfo['verification']>;

/** Archives checked already, with what was wrong: a parent is read once for all that follow it. */
export type Checked = Map<string, string | undefined>;

/**
 * Reads the archive and its parents to their ends. Gives what was found; never throws for a bad
 * archive. @throws InterruptedError
 */
export async function verifyChain(
  ctx: Context,
  path: string,
  checked: Checked,
  told: (line: string) => void,
): Promise<Verdict> {
  const what = 'checksums';
  try {
    const chain = await resolveChain(ctx, path);
    for (const [age, archive] of chain.entries())
      await verifyOne(ctx, archive, age < chain.length - 1, checked, told);
    return { state: 'ok', time: now(ctx), what };
  } catch (error) {
    if (ctx.signal.aborted) throw new InterruptedError();
    return { state: 'failed', time: now(ctx), what, error: messageOf(error) };
  }
}

async function verifyOne(
  ctx: Context,
  path: string,
  partial: boolean,
  checked: Checked,
  told: (line: string) => void,
): Promise<void> {
  if (!checked.has(path)) {
    try {
      const { clusters } = await verifyArchive(ctx.host, path, { partial, signal: ctx.signal });
      told(`'${path}': ${clusters} clusters are as they were written`);
      checked.set(path, undefined);
    } catch (error) {
      if (ctx.signal.aborted) throw error;
      checked.set(path, messageOf(error));
    }
  }
  const wrong = checked.get(path);
  if (wrong !== undefined) throw new PaveError(wrong);
}

/** The record of the last verification; a later one takes its place. */
export function saveVerdict(ctx: Context, path: string, verdict: Verdict): void {
  ctx.host.files.write(`${path}${VERIFIED_SUFFIX}`, `${JSON.stringify(verdict)}\n`);
}

export function now(ctx: Context): number {
  return Math.floor(ctx.host.clock.now() / 1000);
}
