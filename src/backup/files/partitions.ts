/** What a disk is divided into, and which file systems are on it. */
import type { Host } from '../../host/types.js';

export interface Partition {
  /** 0: the disk as a whole, which has no partition table. */
  number: number;
  /** Bytes. */
  offset: number;
  size: number;
  /** As blkid names it, e.g. `ext4`; undefined where it knows none. */
  filesystem?: string | undefined;
  label?: string | undefined;
}

interface SfdiskOutput {
  partitiontable: {
    sectorsize?: number;
    partitions?: { node: string; start: number; size: number }[];
  };
}

/**
 * The partitions of a disk image, or the whole of it as one where there is no table. Sizes in
 * bytes.
 */
export async function partitionsOf(host: Host, file: string, size: number): Promise<Partition[]> {
  const { code, stdout } = await host.run(['sfdisk', '--json', file], {
    effect: 'read',
    allowExit: 'any',
  });
  const found: Partition[] = [];
  if (code === 0) {
    const { sectorsize = 512, partitions = [] } = (JSON.parse(stdout) as SfdiskOutput)
      .partitiontable;
    for (const { node, start, size: sectors } of partitions)
      found.push({
        number: Number(/(\d+)$/.exec(node)?.[1] ?? 0),
        offset: start * sectorsize,
        size: sectors * sectorsize,
      });
  }
  // A file system that is not in a partition may look like a table as well: its own sign counts.
  const whole = await identify(host, file, { number: 0, offset: 0, size });
  if (found.length === 0 || whole.filesystem !== undefined) return [whole];
  return await Promise.all(found.map((partition) => identify(host, file, partition)));
}

async function identify(host: Host, file: string, partition: Partition): Promise<Partition> {
  const { offset, size } = partition;
  const { stdout } = await host.run(
    ['blkid', '-p', '-o', 'export', '-O', String(offset), '-S', String(size), file],
    { effect: 'read', allowExit: 'any' },
  );
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(stdout)?.[1];
  return {
    ...partition,
    ...(value('TYPE') === undefined ? {} : { filesystem: value('TYPE') }),
    ...(value('LABEL') === undefined ? {} : { label: value('LABEL') }),
  };
}
