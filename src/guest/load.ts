/** Reading, writing and locking a guest's config. */
import type { Context } from '../commands/define.js';
import { ConfigLineError, parseGuestConfig } from '../config/guest-config.js';
import { writeGuestConfig } from '../config/guest-config-write.js';
import type { GuestConfig, GuestKind } from '../config/types.js';
import { PaveError } from '../errors.js';
import { lockWhile } from '../host/try-lock.js';
import { type GuestRef, requireGuest } from './find.js';
import { restoreBegun } from './restore-mark.js';

/** What guest functions need of a command's context. */
export type GuestContext = Pick<Context, 'host' | 'store' | 'out'>;

export interface Guest extends GuestRef {
  config: GuestConfig;
}

function parse(ctx: GuestContext, ref: GuestRef, text: string): GuestConfig {
  // A line that nobody can read would be lost by the next write: refuse to go on instead.
  try {
    return parseGuestConfig(ref.kind, text, {
      name: `${ref.kind === 'qemu' ? 'vm' : 'ct'} ${ref.vmid}`,
      strict: true,
    });
  } catch (error) {
    if (!(error instanceof ConfigLineError)) throw error;
    throw new PaveError(error.message, {
      hint: `mend line ${error.line} of ${ctx.host.path(`/etc/pve/${ref.path}`)}`,
    });
  }
}

/** The guest of this node with its config. @throws PaveError when it is not there or cannot be read */
export function loadGuest(ctx: GuestContext, kind: GuestKind, vmid: number): Guest {
  const ref = requireGuest(ctx.store, kind, vmid);
  const text = ctx.store.read(ref.path);
  if (text === undefined)
    throw new PaveError(`Configuration file '${ref.path}' does not exist`, { exitCode: 2 });
  const config = parse(ctx, ref, text);
  if (config.main.values.get('lock') === 'create' && restoreBegun(ctx.host, vmid))
    config.restoring = true;
  return { ...ref, config };
}

/**
 * Writes a guest's config whole; the caller holds its lock. What would not read back as it was
 * meant is not written, and a file that says the same already is left as it is, byte for byte.
 */
export function saveGuest(ctx: Pick<Context, 'store'>, ref: GuestRef, config: GuestConfig): void {
  const canonical = (text: string) =>
    writeGuestConfig(
      parseGuestConfig(ref.kind, text, { strict: true, name: `the new config of ${ref.vmid}` }),
    );
  const text = writeGuestConfig(config);
  if (canonical(text) !== text)
    throw new PaveError(`internal error: the config of ${ref.vmid} would not read back as written`);
  if (config.text !== '' && config.text === ctx.store.read(ref.path)) {
    if (canonical(config.text) === text) return;
  }
  ctx.store.write(ref.path, text);
}

const LOCK_FILES: Record<GuestKind, (vmid: number) => string> = {
  qemu: (vmid) => `/var/lock/qemu-server/lock-${vmid}.conf`,
  lxc: (vmid) => `/run/lock/lxc/pve-config-${vmid}.lock`,
};

/**
 * Runs `work` while nobody else changes the guest: the original's lock file, default 10 s wait.
 * A dry run holds no lock.
 */
export async function withGuestLock<T>(
  ctx: GuestContext,
  kind: GuestKind,
  vmid: number,
  work: () => Promise<T> | T,
  options: { timeoutS?: number } = {},
): Promise<T> {
  let waited = false;
  const lock = await ctx.host.lock(LOCK_FILES[kind](vmid), {
    timeoutS: options.timeoutS ?? 10,
    onWait: () => {
      waited = true;
      ctx.out.info('trying to acquire lock...');
    },
  });
  if (waited) ctx.out.info(' OK');
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/**
 * The same for work that others may do first: waits without a word, and no longer than the work is
 * `needed`, so that it never takes the lock from somebody for nothing.
 */
export async function withGuestLockWhile(
  ctx: GuestContext,
  kind: GuestKind,
  vmid: number,
  needed: () => boolean,
  work: () => Promise<void>,
  options: { timeoutS: number },
): Promise<void> {
  const lock = await lockWhile(ctx.host, LOCK_FILES[kind](vmid), needed, {
    timeoutS: options.timeoutS,
    pollMs: 100,
  });
  try {
    if (lock !== undefined) await work();
  } finally {
    lock?.release();
  }
}

/** @throws PaveError `VM is locked (backup)`, unless locks are skipped */
export function checkLock(config: GuestConfig, skiplock = false, vmid?: number): void {
  const lock = config.main.values.get('lock');
  if (lock === undefined || skiplock) return;
  const kind = config.kind === 'qemu' ? 'VM' : 'CT';
  throw new PaveError(`${kind} is locked (${lock})`, {
    hint: lockHint(config.kind, lock, vmid ?? '<vmid>', config.restoring),
  });
}

/** How to go on when what took the lock did not end. */
export function lockHint(
  kind: GuestKind,
  lock: string,
  vmid: number | string,
  restoring = false,
): string {
  const tool = kind === 'qemu' ? 'qm' : 'pct';
  // Destroying it would take the guest that it replaces as well.
  if (lock === 'create' && restoring)
    return `if its restore was cut short, this takes it back: ${tool} unlock ${vmid}`;
  if (lock === 'create' && kind === 'qemu')
    return `if its creation was cut short: qm destroy ${vmid} --skiplock 1 --destroy-unreferenced-disks 1`;
  if (lock === 'destroyed') return `its removal was cut short: ${tool} destroy ${vmid} ends it`;
  if (lock === 'suspending')
    return `if the suspend was cut short: qm unlock ${vmid} && qm resume ${vmid}`;
  if (lock === 'suspended') return `${tool} start ${vmid} lets it go on from its saved memory`;
  return `if nothing is working on it any more: ${tool} unlock ${vmid}`;
}

/** @throws PaveError `<what> - protection mode enabled` */
export function checkProtection(config: GuestConfig, what: string): void {
  const value = config.main.values.get('protection');
  if (value !== undefined && /^(1|on|yes|true)$/i.test(value))
    throw new PaveError(`${what} - protection mode enabled`);
}

/** @throws PaveError when the config changed since the caller read it */
export async function assertDigest(config: GuestConfig, digest: string | undefined): Promise<void> {
  if (digest === undefined) return;
  const { digestOf } = await import('../cluster/digest.js');
  if (digest !== digestOf(config.text))
    throw new PaveError('checksum mismatch (file change by other user?)');
}

/** Is a boolean key set? Old files hold yes, on and true as well. */
export function isOn(value: string | undefined, otherwise = false): boolean {
  if (value === undefined) return otherwise;
  return /^(1|on|yes|true)$/i.test(value);
}
