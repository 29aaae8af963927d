/** What `vzdump` asks the source of a VM's data for, and what it is told. */
import type { GuestConfig } from '../../config/types.js';
import type { ByteSink, ConfigBlob } from '../types.js';

/** The mode in effect: a guest that does not run is always backed up as `stop`. */
export type BackupMode = 'snapshot' | 'suspend' | 'stop';

/** A disk that belongs into the archive. */
export interface SourceDisk {
  /** Key in the config, e.g. `scsi0`. */
  key: string;
  /** Volume id or absolute path. */
  volid: string;
  /** Bytes, as the config says; the archive holds what QEMU says. */
  size?: number | undefined;
}

/**
 * What the archive holds: everything, or what changed since `parent`. `parents` are the uuids from
 * the full archive on; the last one is `parent`.
 */
export type ArchiveKind =
  | { type: 'full' }
  | {
      type: 'incremental';
      parent: string;
      parents: readonly string[];
      /** Paths of the chain, the full archive first. */
      archives: readonly string[];
    };

export interface ArchiveRequest {
  vmid: number;
  /** As loaded when the backup began. */
  config: GuestConfig;
  mode: BackupMode;
  /** It ran when the backup began (mode stop has shut it down since). */
  wasRunning: boolean;
  disks: readonly SourceDisk[];
  /** `qemu-server.conf` and `qemu-server.fw`. */
  configs: readonly ConfigBlob[];
  /** Where the archive's bytes go. Neither synced nor closed. */
  output: ByteSink;
  /** A folder for what is only needed meanwhile. */
  tmpdir: string;
  kind: ArchiveKind;
  /** Keep track of what changes from now on, so that an increment can follow. */
  track: boolean;
  /** KiB a second, all disks together; 0 for no limit. */
  bwlimit: number;
  fleecing?: { enabled?: boolean; storage?: string | undefined } | undefined;
  performance?: { 'max-workers'?: number | undefined } | undefined;
  log: { info(line: string): void; warn(line: string): void };
  /** Called once the guest may run on: after the point in time of modes suspend and stop. */
  onRunning?: (() => Promise<void> | void) | undefined;
  signal: AbortSignal;
}

export interface ArchiveResult {
  uuid: string;
  /** Bytes of all disks. */
  size: number;
  /** Bytes read from the disks. */
  read: number;
  /** Bytes that are zero. */
  zero: number;
  /** Bytes left out because they did not change. */
  reused?: number;
  /** Bytes of the archive before compression. */
  written: number;
}
