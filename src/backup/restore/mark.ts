/**
 * What a restore has begun, kept in a file until it is over. The restore holds the guest's lock all
 * the time, so who holds that lock and finds the file knows that the restore was killed, and has
 * what it takes to take it back, or to go on with it.
 */
import type { Context } from '../../commands/define.js';
import { RESTORE_MARKS, restoreMarkPath } from '../../guest/restore-mark.js';

/** A disk that is restored while the machine runs. */
export interface LiveMark {
  /** Drive key, e.g. `scsi0`. */
  key: string;
  /** Of the archive. */
  device: string;
  volid: string;
  /** Bytes of the disk in the archive. */
  size: number;
  /** Image the guest works on meanwhile, for volumes that cannot lie on top of something. */
  overlay?: string;
}

export interface RestoreState {
  /** The chain of archives, the newest first. */
  archives: readonly string[];
  /** The config of the guest that is replaced; null: the id was free. */
  former: string | null;
  /** Made by it. */
  volumes: string[];
  /** What the config file may hold while it is at work: the last two texts it wrote. */
  configs: string[];
  /** The firewall rules that were there before it wrote its own; null: none. */
  firewall?: string | null;
  /** All is restored: the config that is written next is the new guest's. */
  complete?: boolean;
  /** The machine was started, and may have written. */
  live?: LiveMark[];
  /** Bytes/s for it all; 0: no limit. */
  bwlimit?: number;
  /** Pool it is to be added to. */
  pool?: string | undefined;
  /** Folder for what has to be unpacked. */
  tmpdir?: string;
}

export class RestoreMark {
  private constructor(
    private readonly ctx: Pick<Context, 'host'>,
    private readonly vmid: number,
    readonly state: RestoreState,
  ) {}

  static begin(ctx: Pick<Context, 'host'>, vmid: number, state: RestoreState): RestoreMark {
    return new RestoreMark(ctx, vmid, state).save();
  }

  /** That of a restore that was killed; the caller holds the guest's lock. */
  static find(ctx: Pick<Context, 'host'>, vmid: number): RestoreMark | undefined {
    const text = ctx.host.files.read(restoreMarkPath(vmid));
    if (text === undefined) return undefined;
    try {
      return new RestoreMark(ctx, vmid, JSON.parse(text) as RestoreState);
    } catch {
      // Nobody can make anything of it.
      ctx.host.files.unlink(restoreMarkPath(vmid));
      return undefined;
    }
  }

  /** Before the config is written: both texts are ours then. */
  writes(config: string): void {
    this.state.configs = [...this.state.configs.slice(-1), config];
    this.save();
  }

  made(volid: string): void {
    this.state.volumes.push(volid);
    this.save();
  }

  set(change: Partial<RestoreState>): void {
    Object.assign(this.state, change);
    this.save();
  }

  end(): void {
    this.ctx.host.files.unlink(restoreMarkPath(this.vmid));
  }

  private save(): this {
    const { host } = this.ctx;
    // A dry run begins nothing.
    if (host.dryRun) return this;
    host.files.mkdir(RESTORE_MARKS, { mode: 0o700 });
    host.files.write(restoreMarkPath(this.vmid), JSON.stringify(this.state), { mode: 0o600 });
    return this;
  }
}
