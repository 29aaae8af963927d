/**
 * The store is /etc/pve: small files that all nodes of a cluster share. Reads are plain file reads
 * on every backend; writes are atomic and under a lock. Paths are relative to /etc/pve.
 */
export interface StoreLockOptions {
  /** Seconds to wait for the lock; default 10. */
  timeoutS?: number;
}

export interface UpdateOptions extends StoreLockOptions {
  /** SHA-1 the file must still have. */
  digest?: string | undefined;
  secret?: boolean;
}

export interface Store {
  /** This node's name. */
  readonly node: string;
  read(path: string): string | undefined;
  /** Names in a folder, sorted; empty where there is none. */
  list(path: string): string[];
  exists(path: string): boolean;
  /** Writes whole and atomically; the caller holds the lock that guards this file. */
  write(path: string, data: string, options?: { secret?: boolean; exclusive?: boolean }): void;
  remove(path: string): boolean;
  /** Moves a file, e.g. a guest's config to another node's folder. */
  rename(from: string, to: string): void;
  /**
   * Reads, lets `change` make the new text and writes it, all under the cluster lock
   * `file-<name>`. `change` gives undefined to leave the file alone.
   * Throws when the digest does not fit: `detected modified configuration - …`.
   */
  update(
    path: string,
    change: (text: string) => string | undefined | Promise<string | undefined>,
    options?: UpdateOptions,
  ): Promise<void>;
  /** Cluster-wide lock, the mkdir lock `priv/lock/<id>` of the original. */
  withLock<T>(id: string, work: () => Promise<T> | T, options?: StoreLockOptions): Promise<T>;
  /** Can the store be written? Always true for a single node. */
  quorate(): boolean;
  /** Lays out /etc/pve as the original does, where it is not there yet. Idempotent. */
  ensureLayout(): void;
}
