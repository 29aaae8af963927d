/**
 * Fingerprints of disks' clusters: 16 bytes for each 64 KiB, 256 MiB for a disk of 1 TiB. Kept in
 * pieces; those used last are in memory, the others in a file without a name.
 */
import type { Host } from '../../host/types.js';

export const WIDTH = 16;
/** No archive has the cluster: never equal to a fingerprint. */
export const ABSENT = Buffer.alloc(WIDTH, 0xff);
export const ZERO = Buffer.alloc(WIDTH);

/** Clusters of a piece: 1 MiB of fingerprints, 4 GiB of a disk. */
const CLUSTERS = 1 << 16;
const BYTES = CLUSTERS * WIDTH;
const ALL_ZERO = Buffer.alloc(BYTES);
/** Pieces in memory. */
const LOADED = 16;

interface Piece {
  bytes?: Buffer | undefined;
  /** Differs from what is in the file. */
  changed: boolean;
  /** Place in the file; without one all are like `all`. */
  at?: number | undefined;
  all: 0 | 0xff;
}

/** Memory for the fingerprints of all disks of a guest. */
export class PrintStore {
  /** The one brought in first comes first. */
  private readonly loaded = new Set<Piece>();
  private file: { fd: number; close(): void } | undefined;
  private end = 0;
  private readonly spare: Buffer[] = [];
  private turn: Promise<unknown> = Promise.resolve();

  /** `folder`: where the file goes, which is made when it is needed. */
  constructor(
    private readonly host: Host,
    private readonly folder: string,
    private readonly limit = LOADED,
  ) {}

  /** All absent. */
  disk(clusters: number): Prints {
    return new Prints(this, clusters);
  }

  close(): void {
    this.file?.close();
    this.file = undefined;
  }

  /** Has the piece in memory. Calls take turns. @throws FileError */
  bring(piece: Piece): Promise<void> {
    const done = this.turn.then(() => this.load(piece));
    this.turn = done.catch(() => {});
    return done;
  }

  private async load(piece: Piece): Promise<void> {
    if (piece.bytes !== undefined) return;
    for (const oldest of this.loaded) {
      if (this.loaded.size < this.limit) break;
      await this.putAway(oldest);
    }
    const bytes = this.spare.pop() ?? Buffer.allocUnsafeSlow(BYTES);
    if (piece.at === undefined) bytes.fill(piece.all);
    else await this.host.bulk.readFull(this.scratch(), bytes, piece.at);
    piece.bytes = bytes;
    this.loaded.add(piece);
  }

  private async putAway(piece: Piece): Promise<void> {
    const bytes = piece.bytes!;
    if (piece.changed && bytes.equals(ALL_ZERO)) {
      piece.all = 0;
      piece.at = undefined;
    } else if (piece.changed) {
      if (piece.at === undefined) {
        piece.at = this.end;
        this.end += BYTES;
      }
      await this.host.bulk.write(this.scratch(), bytes, piece.at);
    }
    piece.changed = false;
    piece.bytes = undefined;
    this.spare.push(bytes);
    this.loaded.delete(piece);
  }

  private scratch(): number {
    if (this.file === undefined) {
      const path = `${this.folder}/fingerprints`;
      this.host.files.write(path, '', { mode: 0o600, durable: false });
      this.file = this.host.open(path, 'r+');
      this.host.files.unlink(path);
    }
    return this.file.fd;
  }
}

/** Those of one disk. A cluster's are read and set while its piece is in memory: `bring` it first. */
export class Prints {
  private readonly pieces: Piece[];

  constructor(
    private readonly store: PrintStore,
    readonly clusters: number,
  ) {
    this.pieces = Array.from({ length: Math.ceil(clusters / CLUSTERS) }, () => ({
      changed: false,
      all: 0xff,
    }));
  }

  has(cluster: number): boolean {
    return this.pieceOf(cluster).bytes !== undefined;
  }

  async bring(cluster: number): Promise<void> {
    while (!this.has(cluster)) await this.store.bring(this.pieceOf(cluster));
  }

  /** Valid until something else is brought. */
  at(cluster: number): Buffer {
    const from = (cluster % CLUSTERS) * WIDTH;
    return this.pieceOf(cluster).bytes!.subarray(from, from + WIDTH);
  }

  set(cluster: number, print: Uint8Array): void {
    const piece = this.pieceOf(cluster);
    piece.bytes!.set(print, (cluster % CLUSTERS) * WIDTH);
    piece.changed = true;
  }

  private pieceOf(cluster: number): Piece {
    return this.pieces[Math.floor(cluster / CLUSTERS)]!;
  }
}
