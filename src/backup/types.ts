/**
 * What the parts of a backup hand each other: who makes the source of the data (a running guest's
 * QEMU, or an NBD server of a stopped one's images), who writes the archive, who opens the target.
 */

/** One disk as an NBD server shows it, ready to be read; it must not change while it is read. */
export interface NbdExport {
  /** Unix socket, as a path of the Host (the root prefix is put in front of it). */
  socket: string;
  /** Export name; '' is the default export. */
  name: string;
  /** Bytes; what the server says must be the same. */
  size: number;
  /**
   * The same bytes as a raw image or block device that can be read directly (a path of the Host):
   * half the copies of the way through the server, which tells the extents and holds the lock.
   */
  raw?: string;
  /** Name of the dirty bitmap that is exported with it, without `qemu:dirty-bitmap:`. */
  bitmap?: string;
}

/** Part of a disk, in bytes. */
export interface ByteRange {
  offset: number;
  length: number;
}

export interface BackupDisk {
  /** Name in the archive, e.g. `drive-scsi0`. */
  device: string;
  export: NbdExport;
  /**
   * Only what changed is stored, by whole clusters of 64 KiB: the dirty parts of the export's
   * bitmap, or these ranges (in order). The archive is then an increment: it restores only on top of
   * its parents, and other readers refuse it for its missing clusters.
   */
  changed?: 'bitmap' | AsyncIterable<ByteRange> | Iterable<ByteRange>;
}

/** A file kept in the archive's header, e.g. `qemu-server.conf`, `qemu-server.fw`. At most 65535 bytes. */
export interface ConfigBlob {
  name: string;
  data: Uint8Array | string;
}

/** Where an archive goes. */
export interface ByteSink {
  /** Resolves when the bytes were taken and their memory may be used again. */
  write(bytes: Uint8Array): Promise<void>;
}

export interface BackupProgress {
  /** Bytes of all disks together, as the guest sees them. */
  total: number;
  /** Of these: dealt with, by reading or because they are known to be zero or unchanged. */
  done: number;
  /** Read from the exports. */
  read: number;
  /** Zero, whether read or not. */
  zero: number;
  /** Left out, being unchanged. */
  unchanged: number;
  /** Bytes of the archive so far. */
  written: number;
}

export interface WriteVmaRequest {
  /** In the order of their device ids; at most 254. None is an archive of config files only. */
  disks: readonly BackupDisk[];
  configs: readonly ConfigBlob[];
  /** `01234567-89ab-…`, names the archive. */
  uuid: string;
  /** Seconds since the epoch. */
  ctime: number;
  /**
   * An open descriptor (a file from its current position, a pipe, a compressor's input) or a sink.
   * The descriptor is the faster way. It is neither synced nor closed.
   */
  output: number | ByteSink;
  /** KiB a second read at most; 0 or nothing: no limit. */
  bwlimit?: number;
  /** Called a few times a second, and once at the end. */
  onProgress?: (progress: BackupProgress) => void;
  /** Ends it: rejects with InterruptedError, the output is left as it is. */
  signal?: AbortSignal;
}

/** `writeVma(host, request)` of `src/backup/vma/write.ts`. @throws PaveError, FileError */
export type WriteVmaResult = BackupProgress;
