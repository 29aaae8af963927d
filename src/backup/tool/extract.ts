/** Unpacking an archive: `vma extract`. */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { openArchive, withArchive } from '../archive.js';
import { RateLimit } from '../rate.js';
import { type RestoreProgress, restoreDisks } from '../restore/disks.js';
import { type OpenedTarget, openTarget } from '../restore/open-target.js';
import { VMSTATE } from '../vma/format.js';
import type { VmaDevice } from '../vma/header.js';
import { VmaReader } from '../vma/read.js';
import { contentOf, contentText } from './content.js';
import type { MapEntry } from './map.js';

export interface ExtractRequest {
  archive: string;
  /** Is made; must not be there. */
  folder: string;
  /** Only these disks. */
  drives?: readonly string[];
  /** Where disks go, asked for once the archive's content was told. */
  map?: () => MapEntry[];
  line: (text: string) => void;
  onProgress?: (progress: RestoreProgress) => void;
  signal: AbortSignal;
}

/** @throws PaveError, FileError, CommandError; what was written until then stays, under `tmp-disk-…` */
export async function extractArchive(
  host: Host,
  request: ExtractRequest,
): Promise<RestoreProgress> {
  const archive = await openArchive(host, request.archive);
  return await withArchive(archive, async (source) => {
    const reader = await VmaReader.open(source);
    return await new Extraction(host, request, reader).run();
  });
}

class Extraction {
  private readonly opened = new Map<string, OpenedTarget>();
  private readonly groups = new Map<string, RateLimit>();

  constructor(
    private readonly host: Host,
    private readonly request: ExtractRequest,
    private readonly reader: VmaReader,
  ) {}

  async run(): Promise<RestoreProgress> {
    const { host, request, reader } = this;
    const { folder } = request;
    for (const { name } of [...reader.header.configs, ...reader.header.devices]) checkName(name);
    host.files.mkdir(folder, { exclusive: true });
    for (const { name, data } of reader.header.configs)
      host.files.write(`${folder}/${name}`, data, { durable: false });
    if (request.map !== undefined) request.line(contentText(contentOf(reader.header)));
    const map = new Map(request.map?.().map((entry) => [entry.device, entry]));
    if (host.dryRun) {
      host.note('change', `write the disks of '${request.archive}' to ${folder}`);
      return { total: 0, done: 0, written: 0 };
    }
    const renames: [from: string, to: string][] = [];
    try {
      for (const device of reader.header.devices) {
        if (device.name === VMSTATE) await this.openState(device);
        else if (!this.wanted(device)) continue;
        else if (request.map !== undefined) await this.openMapped(device, map);
        else renames.push(await this.openNew(device));
      }
      const result = await restoreDisks(host, {
        archives: [reader],
        targets: this.opened,
        onProgress: request.onProgress,
        signal: request.signal,
      });
      for (const [from, to] of renames) host.files.rename(from, to);
      return result;
    } finally {
      for (const target of this.opened.values()) await target.close();
    }
  }

  private wanted({ name }: VmaDevice): boolean {
    return this.request.drives === undefined || this.request.drives.includes(name);
  }

  private async openNew(device: VmaDevice): Promise<[string, string]> {
    const { folder } = this.request;
    const path = `${folder}/tmp-disk-${device.name}.raw`;
    this.request.line(`DEVINFO ${path} ${device.size}`);
    this.host.files.truncate(path, device.size, { durable: false });
    const image = { image: path, format: 'raw', blank: true, size: device.size };
    this.opened.set(device.name, await openTarget(this.host, image));
    return [path, `${folder}/disk-${device.name}.raw`];
  }

  /** The saved memory, a stream from front to back. */
  private async openState({ name }: VmaDevice): Promise<void> {
    const { host } = this;
    const path = `${this.request.folder}/vmstate.bin`;
    const { fd, close } = host.open(path, 'w');
    let end = 0;
    this.opened.set(name, {
      write: (offset, data) => host.bulk.write(fd, data, offset),
      async zero(offset, length) {
        end = Math.max(end, offset + length);
      },
      async flush() {
        const { size } = host.files.stat(path)!;
        if (end > size) host.files.truncate(path, end);
        await host.bulk.sync(fd);
      },
      close: async () => close(),
    });
  }

  private async openMapped(device: VmaDevice, map: Map<string, MapEntry>): Promise<void> {
    const entry = map.get(device.name);
    if (entry === undefined) throw new PaveError(`no device name mapping for ${device.name}`);
    if (entry.skip) return;
    const raw = entry.path.endsWith('.raw') || entry.path.startsWith('/dev/');
    const format = entry.format ?? (raw ? 'raw' : undefined);
    if (format === undefined)
      throw new PaveError(`no format specified for ${entry.path}: put format=<format>: in front`);
    const target = await openTarget(this.host, {
      image: entry.path,
      format,
      blank: !entry.writeZeroes,
      size: device.size,
      // Ours are written through the page cache and flushed at the end, which is writeback.
      ...(entry.cache === undefined || entry.cache === 'writeback' ? {} : { cache: entry.cache }),
    });
    this.opened.set(device.name, this.throttled(target, entry));
  }

  private throttled(target: OpenedTarget, { device, bps, group }: MapEntry): OpenedTarget {
    const key = group ?? `device ${device}`;
    if (bps !== undefined && bps > 0 && !this.groups.has(key))
      this.groups.set(key, new RateLimit(this.host.clock, bps / 1024, this.request.signal));
    const rate = this.groups.get(key);
    if (rate === undefined) return target;
    return {
      ...target,
      async write(offset, data) {
        await rate.take(data.length);
        await target.write(offset, data);
      },
    };
  }
}

/** Names become file names: one of a hostile archive must not lead elsewhere. */
function checkName(name: string): void {
  if (name === '' || name === '.' || name === '..' || name.includes('/'))
    throw new PaveError(`the archive holds something called '${name}', which is no file name`);
}
