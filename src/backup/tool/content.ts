/** What an archive holds, by its header. */
import type { Host } from '../../host/types.js';
import { openArchive, withArchive } from '../archive.js';
import { VMSTATE } from '../vma/format.js';
import type { VmaHeader } from '../vma/header.js';
import { VmaReader } from '../vma/read.js';

export interface VmaContent {
  uuid: string;
  /** Seconds since the epoch. */
  ctime: number;
  configs: { name: string; size: number }[];
  devices: { dev_id: number; devname: string; size: number }[];
  vmstate?: { dev_id: number; size: number };
}

/** What the archive's header tells, as `vma list` shows it. */
export function contentOf(header: VmaHeader): VmaContent {
  const state = header.devices.find(({ name }) => name === VMSTATE);
  return {
    uuid: header.uuid,
    ctime: header.ctime,
    configs: header.configs.map(({ name, data }) => ({ name, size: data.length })),
    devices: header.devices
      .filter(({ name }) => name !== VMSTATE)
      .map(({ id, name, size }) => ({ dev_id: id, devname: name, size })),
    ...(state === undefined ? {} : { vmstate: { dev_id: state.id, size: state.size } }),
  };
}

/** The original's lines, which its restore reads: order and words count. */
export function contentText(content: VmaContent): string {
  const disks = [
    ...content.devices.map(({ dev_id, size, devname }) => ({
      dev_id,
      line: `DEV: dev_id=${dev_id} size: ${size} devname: ${devname}`,
    })),
    ...(content.vmstate === undefined
      ? []
      : [
          {
            dev_id: content.vmstate.dev_id,
            line: `VMSTATE: dev_id=${content.vmstate.dev_id} memory: ${content.vmstate.size}`,
          },
        ]),
  ].sort((a, b) => a.dev_id - b.dev_id);
  return [
    ...content.configs.map(({ name, size }) => `CFG: size: ${size} name: ${name}`),
    ...disks.map(({ line }) => line),
    `CTIME: ${ctimeText(content.ctime)}`,
  ].join('\n');
}

/** As ctime(3) writes a local time: `Tue Nov  3 08:05:00 2026`. */
function ctimeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  const [weekday, month, , year] = date.toDateString().split(' ');
  const day = String(date.getDate()).padStart(2, ' ');
  return `${weekday} ${month} ${day} ${date.toTimeString().slice(0, 8)} ${year}`;
}

/** The header of an archive; the rest is not read. @throws PaveError */
export async function readHeader(host: Host, path: string): Promise<VmaHeader> {
  return await withArchive(
    await openArchive(host, path),
    async (source) => (await VmaReader.open(source)).header,
  );
}
