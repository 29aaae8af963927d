import { clusterCount } from './format.js';

/** Which clusters of a disk have been dealt with; a bit each. */
export class ClusterSet {
  readonly total: number;
  count = 0;
  private readonly bits: Uint32Array;

  /** `size` of the disk, in bytes. */
  constructor(size: number) {
    this.total = clusterCount(size);
    this.bits = new Uint32Array(Math.ceil(this.total / 32));
  }

  has(cluster: number): boolean {
    return (this.bits[cluster >>> 5]! & (1 << (cluster & 31))) !== 0;
  }

  /** False where it was there already. */
  add(cluster: number): boolean {
    const word = this.bits[cluster >>> 5]!;
    const bit = 1 << (cluster & 31);
    if ((word & bit) !== 0) return false;
    this.bits[cluster >>> 5] = word | bit;
    this.count++;
    return true;
  }

  /** What is missing, in rows. */
  *gaps(): Generator<{ first: number; count: number }> {
    let first = 0;
    for (let cluster = 0; cluster < this.total; cluster++) {
      const word = this.bits[cluster >>> 5]!;
      const whole = cluster % 32 === 0 && cluster + 32 <= this.total;
      if (whole && word === 0) cluster += 31;
      else if (this.has(cluster)) {
        if (first < cluster) yield { first, count: cluster - first };
        first = cluster + 1;
      }
    }
    if (first < this.total) yield { first, count: this.total - first };
  }

  /** The first that is missing; undefined where none is. */
  firstMissing(): number | undefined {
    for (let cluster = 0; cluster < this.total; cluster++) {
      if (cluster % 32 === 0 && this.bits[cluster >>> 5] === 0xffffffff) cluster += 31;
      else if (!this.has(cluster)) return cluster;
    }
    return undefined;
  }
}
