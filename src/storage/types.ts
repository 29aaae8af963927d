/**
 * The plugin contract: a storage type is one file that exports one `StoragePlugin`. What it cannot
 * do it does not define; `features` says what works for which kind of volume, and the contract
 * suite (test/unit/storage/contract.ts) checks that both agree.
 *
 * A volume id is `<storeid>:<volname>`; plugins only ever see the volname.
 */

import type { Store } from '../cluster/store.js';
import type { Host } from '../host/types.js';

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

export interface AllocRequest {
  vmid: number;
  format: ImageFormat;
  /** Volume name without folder; the next free disk name where left out. */
  name?: string | undefined;
  /** Bytes. */
  size: number;
}

export interface StoragePlugin {
  readonly type: string;
  /** Properties of its section and whether each is fixed (may not change later). */
  readonly content: readonly ContentType[];
  readonly defaultContent: readonly ContentType[];
  readonly formats: readonly ImageFormat[];
  readonly defaultFormat: ImageFormat;
  /** Network storages are always shared. */
  readonly alwaysShared?: boolean;
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
  ): { vtype: ContentType; volname: string } | undefined;
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
  createBase?(ctx: StorageContext, storage: StorageSection, volname: string): Promise<string>;
  clone?(
    ctx: StorageContext,
    storage: StorageSection,
    volname: string,
    vmid: number,
    snapshot?: string,
  ): Promise<string>;
  setAttribute?(
    ctx: StorageContext,
    storage: StorageSection,
    volname: string,
    attribute: 'notes' | 'protected',
    value: string | boolean,
  ): Promise<void>;
}
