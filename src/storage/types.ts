/**
 * The plugin contract: a storage type is one file that exports one `StoragePlugin`. What it cannot
 * do it does not define; `hasFeature` says what works for which kind of volume, and the contract
 * suite (test/unit/storage/contract.ts) checks that both agree.
 *
 * A volume id is `<storeid>:<volname>`; plugins only ever see the volname.
 */

import type { Store } from '../cluster/store.js';
import type { Host } from '../host/types.js';
import type { TypeFacts } from './section/type-facts.js';

export type ContentType =
  | 'images'
  | 'rootdir'
  | 'vztmpl'
  | 'iso'
  | 'backup'
  | 'snippets'
  | 'import'
  | 'none';
export type ImageFormat = 'raw' | 'qcow2' | 'vmdk' | 'subvol';

/** What a storage function needs of the world; every command Context is one. */
export interface StorageContext {
  readonly host: Host;
  readonly store: Store;
}

/** One section of storage.cfg, typed as its schema says: booleans, numbers, text. */
export interface StorageSection {
  storeid: string;
  type: string;
  content: ReadonlySet<ContentType>;
  nodes?: ReadonlySet<string>;
  disable: boolean;
  shared: boolean;
  /** Every key of the section as text, in file order; also keys we do not know. */
  values: ReadonlyMap<string, string>;
}

/** What a volname says, in the original's order of parse_volname. */
export interface ParsedVolname {
  vtype: ContentType;
  name: string;
  /** Owner, where the name tells one. */
  vmid?: number;
  /** Base image of a linked clone, and its owner. */
  basename?: string;
  basevmid?: number;
  isBase?: boolean;
  format?: string;
}

export interface VolumeInfo {
  volid: string;
  format: string;
  /** Bytes. */
  size: number;
  used?: number;
  /** Volid or path of the image it is a clone of. */
  parent?: string;
  vmid?: number;
  /** Seconds since the epoch. */
  ctime?: number;
  content: ContentType;
  notes?: string;
  protected?: boolean;
  encrypted?: string;
  subtype?: string;
  /** File names of the backups an increment needs, in the same folder. */
  needs?: string[];
  /** What its last verification found. */
  verification?: { state: 'ok' | 'failed'; time: number; what: string; error?: string };
}

export interface StorageStatus {
  /** Bytes. */
  total: number;
  used: number;
  available: number;
  active: boolean;
}

export type Feature =
  | 'clone'
  | 'copy'
  | 'snapshot'
  | 'sparseinit'
  | 'template'
  | 'rename'
  | 'replicate'
  | 'resize';

/** QEMU itself; the storage, unseen by QEMU; the storage, and QEMU opens the volume anew. */
export type SnapshotMethod = 'qemu' | 'storage' | 'mixed';

export interface AllocRequest {
  vmid: number;
  format: ImageFormat;
  /** Volume name without folder; the next free disk name where left out. */
  name?: string | undefined;
  /** Bytes. */
  size: number;
}

export interface StoragePlugin extends TypeFacts {
  readonly type: string;
  /** Holds local state only a mount or login brings; undefined: nothing to activate. */
  activate?(ctx: StorageContext, storage: StorageSection): Promise<void>;
  deactivate?(ctx: StorageContext, storage: StorageSection): Promise<void>;
  /** Called by `pvesm add` before the section is written; throws to refuse. */
  onAdd?(
    ctx: StorageContext,
    storage: StorageSection,
    secrets: Record<string, string>,
  ): Promise<void>;
  onRemove?(ctx: StorageContext, storage: StorageSection): Promise<void>;
  status(ctx: StorageContext, storage: StorageSection): Promise<StorageStatus>;
  /** Throws `unable to parse …` where the name is none of ours. */
  parseVolname(volname: string): ParsedVolname;
  /** What QEMU or a person opens: a path, or a URL such as `rbd:…`. */
  path(ctx: StorageContext, storage: StorageSection, volname: string, snapshot?: string): string;
  /** Which volume a path is, where it is one of this storage. */
  volnameOfPath?(
    ctx: StorageContext,
    storage: StorageSection,
    path: string,
  ): Promise<{ vtype: ContentType; volname: string } | undefined>;
  list(
    ctx: StorageContext,
    storage: StorageSection,
    filter: {
      vmid?: number | undefined;
      content: readonly ContentType[];
      volids?: readonly string[] | undefined;
    },
  ): Promise<VolumeInfo[]>;
  alloc(ctx: StorageContext, storage: StorageSection, request: AllocRequest): Promise<string>;
  free(ctx: StorageContext, storage: StorageSection, volname: string): Promise<void>;
  /** Undefined where the volume does not exist. */
  sizeInfo(
    ctx: StorageContext,
    storage: StorageSection,
    volname: string,
  ): Promise<{ size: number; format: string; used?: number; parent?: string } | undefined>;
  activateVolume?(
    ctx: StorageContext,
    storage: StorageSection,
    volname: string,
    snapshot?: string,
  ): Promise<void>;
  deactivateVolume?(
    ctx: StorageContext,
    storage: StorageSection,
    volname: string,
    snapshot?: string,
  ): Promise<void>;
  /** New size in bytes; `running`: a guest has it open and QEMU will be told instead. */
  resize?(
    ctx: StorageContext,
    storage: StorageSection,
    volname: string,
    size: number,
    running: boolean,
  ): Promise<void>;
  /** Does `feature` work for this volume (as `volname`, as a base, at a snapshot)? */
  hasFeature(
    storage: StorageSection,
    feature: Feature,
    volname: string,
    state: { snapshot?: string; running?: boolean },
  ): boolean;
  snapshot?(
    ctx: StorageContext,
    storage: StorageSection,
    volname: string,
    snapshot: string,
  ): Promise<void>;
  snapshotDelete?(
    ctx: StorageContext,
    storage: StorageSection,
    volname: string,
    snapshot: string,
    running: boolean,
  ): Promise<void>;
  snapshotRollback?(
    ctx: StorageContext,
    storage: StorageSection,
    volname: string,
    snapshot: string,
  ): Promise<void>;
  /** Snapshots of a volume, oldest first; `ctime` in seconds since the epoch. */
  snapshotList?(
    ctx: StorageContext,
    storage: StorageSection,
    volname: string,
  ): Promise<{ name: string; ctime: number }[]>;
  /** Who takes snapshots of a running guest's volume. Source: volume_qemu_snapshot_method. */
  snapshotMethod(storage: StorageSection, volname: string): SnapshotMethod;
  createBase?(ctx: StorageContext, storage: StorageSection, volname: string): Promise<string>;
  clone?(
    ctx: StorageContext,
    storage: StorageSection,
    volname: string,
    vmid: number,
    snapshot?: string,
  ): Promise<string>;
  /** Gives the volume to a guest, under a name or the next free one; gives its new volname. */
  rename?(
    ctx: StorageContext,
    storage: StorageSection,
    volname: string,
    vmid: number,
    name?: string,
  ): Promise<string>;
  setAttribute?(
    ctx: StorageContext,
    storage: StorageSection,
    volname: string,
    attribute: 'notes' | 'protected',
    value: string | boolean,
  ): Promise<void>;
  /** Undefined where such a volume has no such attribute. */
  getAttribute?(
    ctx: StorageContext,
    storage: StorageSection,
    volname: string,
    attribute: 'notes' | 'protected',
  ): Promise<string | boolean | undefined>;
}
