/** Keys of a drive that limit how much it does in a second, and in a burst. */
import type { PropertyFormat } from '../../schema/types.js';

const bps = (description: string) =>
  ({ type: 'integer', optional: true, format_description: 'bps', description }) as const;
const iops = (description: string) =>
  ({ type: 'integer', optional: true, format_description: 'iops', description }) as const;
const mbps = (description: string) =>
  ({ type: 'number', optional: true, format_description: 'mbps', description }) as const;
const seconds = (description: string) =>
  ({
    type: 'integer',
    optional: true,
    minimum: 1,
    format_description: 'seconds',
    description,
  }) as const;

export const limitKeys = {
  bps: bps('Limit in bytes per second.'),
  bps_max_length: seconds('Longest burst in seconds.'),
  bps_rd: bps('Read limit in bytes per second.'),
  bps_rd_max_length: seconds('Longest burst of reads in seconds.'),
  bps_wr: bps('Write limit in bytes per second.'),
  bps_wr_max_length: seconds('Longest burst of writes in seconds.'),
  iops: iops('Limit in operations per second.'),
  iops_max: iops('Operations per second in a burst.'),
  iops_max_length: seconds('Longest burst in seconds.'),
  iops_rd: iops('Read limit in operations per second.'),
  iops_rd_max: iops('Reads per second in a burst.'),
  iops_rd_max_length: seconds('Longest burst of reads in seconds.'),
  iops_wr: iops('Write limit in operations per second.'),
  iops_wr_max: iops('Writes per second in a burst.'),
  iops_wr_max_length: seconds('Longest burst of writes in seconds.'),
  mbps: mbps('Limit in megabytes per second.'),
  mbps_max: mbps('Megabytes per second in a burst.'),
  mbps_rd: mbps('Read limit in megabytes per second.'),
  mbps_rd_max: mbps('Megabytes read per second in a burst.'),
  mbps_wr: mbps('Write limit in megabytes per second.'),
  mbps_wr_max: mbps('Megabytes written per second in a burst.'),
} satisfies PropertyFormat;
