/**
 * Making a virtual machine of a backup. Everything is restored into new volumes first; a guest that
 * is replaced is as it was until all of it is there. Source of the order: create_vm and
 * restore_vma_archive of the original.
 */
import type { Context } from '../../commands/define.js';
import { parseGuestConfig } from '../../config/guest-config.js';
import type { GuestConfig } from '../../config/types.js';
import { parsePools, withPoolMember } from '../../config/user-pools.js';
import { messageOf, PaveError } from '../../errors.js';
import { type Guest, isOn, saveGuest, withGuestLock } from '../../guest/load.js';
import { macPrefix } from '../../qemu/config/create.js';
import { parseDrive, printDrive } from '../../qemu/drive/index.js';
import {
  activateVolumes,
  allocVolume,
  createBaseVolume,
  freeVolume,
  parseVolid,
  requireStorage,
  volidOfPath,
  volumeSizeInfo,
} from '../../storage/index.js';
import { runTask, type Task } from '../../task/index.js';
import { archivePath, type OpenedArchive, openArchive, withArchive } from '../archive.js';
import { resolveChain } from '../chain/resolve.js';
import { RateLimit } from '../rate.js';
import { contentOf, contentText } from '../tool/content.js';
import type { VmaHeader } from '../vma/header.js';
import { VmaReader } from '../vma/read.js';
import { checkClaim, claimGuest } from './claim.js';
import { restoreConfigText } from './config-lines.js';
import { fillVolumes, limitedSource, restoreLimit } from './fill.js';
import { assertLive, restoreLive } from './live.js';
import { type PlannedDisk, planDisks } from './plan.js';
import { clearOld, nameAll, sortOut, volumesOf } from './replace.js';

export interface RestoreVmRequest {
  /** Volume id or path; `-` is standard input. */
  archive: string;
  vmid: number;
  /** For all disks, in place of those of the backup. */
  storage?: string | undefined;
  pool?: string | undefined;
  /** Replace a guest of that id. */
  force?: boolean | undefined;
  unique?: boolean | undefined;
  /** KiB/s; 0: no limit; undefined: what the storages say. */
  bwlimit?: number | undefined;
  start?: boolean | undefined;
  /** Start it at once, and restore while it runs. */
  live?: boolean | undefined;
  /** Keys of the config in place of those of the backup. */
  values?: ReadonlyMap<string, string> | undefined;
}

/** @throws PaveError and the like; nothing is left then, and a guest of that id is as before */
export async function restoreVm(ctx: Context, request: RestoreVmRequest): Promise<void> {
  const { vmid, pool, archive, force = false } = request;
  const emsg = `unable to restore VM ${vmid} -`;
  ctx.store.ensureLayout();
  if (pool !== undefined && !parsePools(ctx.store.read('user.cfg') ?? '').has(pool))
    throw new PaveError(`pool '${pool}' does not exist`);
  const path = archive === '-' ? '-' : await archivePath(ctx, archive);
  await named(emsg, () => checkClaim(ctx, vmid, force));
  await runTask(ctx, { type: 'qmrestore', id: vmid }, (task) =>
    named(emsg, () => restore(task, request, path)),
  );
  if (!request.start || request.live) return;
  ctx.out.line('Execute autostart');
  const { startVm } = await import('../../qemu/runtime/start.js');
  await runTask(ctx, { type: 'qmstart', id: vmid }, (task) => startVm(task.ctx, vmid));
}

/** Puts in front of an error what it is about. */
async function named<T>(emsg: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PaveError) || error.message.startsWith(emsg)) throw error;
    throw new PaveError(`${emsg} ${error.message}`, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}

async function restore(task: Task, request: RestoreVmRequest, path: string): Promise<void> {
  const { ctx, undo } = task;
  // Before anything is touched: all that an increment needs is there, and fits.
  const chain = path === '-' ? [path] : await resolveChain(ctx, path);
  const work = () =>
    withReaders(ctx, chain, request.bwlimit, (readers) => {
      ctx.out.line(`restore vma archive: ${ctx.host.path(path)}`);
      for (const parent of chain.slice(1)) ctx.out.line(`  on top of: ${ctx.host.path(parent)}`);
      return new Restore(task, request, readers).run();
    });
  await withGuestLock(ctx, 'qemu', request.vmid, async () => {
    try {
      await work();
    } catch (error) {
      // While the id is still ours.
      await undo.run((text) => ctx.out.warn(text));
      throw error;
    }
  });
}

/** All archives of a chain, the newest first, open at the same time. */
async function withReaders(
  ctx: Context,
  paths: readonly string[],
  bwlimit: number | undefined,
  work: (readers: VmaReader[]) => Promise<void>,
  readers: VmaReader[] = [],
): Promise<void> {
  const path = paths[readers.length];
  if (path === undefined) return await work(readers);
  const source = await paced(ctx, await openArchive(ctx.host, path), path, bwlimit);
  await withArchive(source, async () => {
    // Of an increment, clusters are missing.
    const partial = readers.length < paths.length - 1;
    const reader = await VmaReader.open(source, { partial });
    await withReaders(ctx, paths, bwlimit, work, [...readers, reader]);
  });
}

/** The storage an archive lies on has a limit of its own. */
async function paced(
  ctx: Context,
  source: OpenedArchive,
  path: string,
  asked: number | undefined,
): Promise<OpenedArchive> {
  const found = path === '-' ? undefined : await volidOfPath(ctx, path);
  if (found === undefined) return source;
  const limit = restoreLimit(ctx, parseVolid(found.volid).storeid, asked);
  if (limit === 0) return source;
  ctx.out.line(`applying read rate limit: ${limit}`);
  return limitedSource(source, new RateLimit(ctx.host.clock, limit, ctx.signal));
}

class Restore {
  private readonly ctx: Context;
  private readonly header: VmaHeader;

  constructor(
    private readonly task: Task,
    private readonly request: RestoreVmRequest,
    /** The newest first. */
    private readonly readers: readonly VmaReader[],
  ) {
    this.ctx = task.ctx;
    this.header = readers[0]!.header;
  }

  async run(): Promise<void> {
    const { ctx, request, task } = this;
    const { header } = this;
    ctx.out.line(contentText(contentOf(header)));
    const text = this.file('qemu-server.conf');
    if (text === undefined)
      throw new PaveError('the archive holds no configuration of a virtual machine');
    const plan = planDisks(ctx, header, text, request.storage, request.live);
    if (request.live) assertLive(plan);
    const claim = await claimGuest(ctx, request.vmid, request.force ?? false, task.undo);
    const old = claim.old === undefined ? undefined : volumesOf(ctx, claim.old);
    const disks: (PlannedDisk & { volid: string })[] = [];
    for (const disk of plan) {
      task.check();
      disks.push({ ...disk, volid: await this.allocate(disk, old?.disks, claim.note) });
    }
    const map = new Map(disks.map(({ key, volid }) => [key, volid]));
    const config = await this.config(text, map);
    if (request.live) await this.live({ ...claim.guest, config }, disks);
    else await fillVolumes(ctx, { archives: this.readers, disks, bwlimit: request.bwlimit });
    task.check();
    await this.store({ ...claim.guest, config }, old, map);
  }

  /** It runs from here on; its config says `lock: create` until nothing is missing any more. */
  private async live(
    guest: Guest,
    disks: readonly (PlannedDisk & { volid: string })[],
  ): Promise<void> {
    const { ctx, request } = this;
    const { values } = guest.config.main;
    if (isOn(values.get('template')))
      throw new PaveError('a template does not run: it cannot be restored live');
    values.set('lock', 'create');
    saveGuest(ctx, guest, guest.config);
    if (ctx.host.dryRun)
      ctx.host.note('change', `start VM ${request.vmid} and restore its disks while it runs`);
    else await restoreLive(this.task, request.vmid, this.readers, disks, request.bwlimit ?? 0);
    values.delete('lock');
  }

  /** A file kept in the archive. */
  private file(name: string): string | undefined {
    return this.header.configs.find((config) => config.name === name)?.data.toString('utf8');
  }

  private async allocate(
    disk: PlannedDisk,
    old: ReadonlyMap<string, string> | undefined,
    note: (volid: string) => void,
  ): Promise<string> {
    const { ctx, task, request } = this;
    const { storeid, format } = disk;
    let name: string | undefined;
    if (disk.device === undefined) {
      // Made anew with every start: that of the guest that is replaced will do.
      const present = old?.get(disk.key);
      if (present !== undefined && parseVolid(present).storeid === storeid) return present;
      const files = requireStorage(ctx, storeid).values.has('path');
      name = `vm-${request.vmid}-cloudinit${files ? `.${format}` : ''}`;
    }
    const volid = await allocVolume(ctx, storeid, {
      vmid: request.vmid,
      format,
      name,
      size: Math.ceil(disk.size / 1024) * 1024,
    });
    task.undo.add(`remove ${volid}`, () => freeVolume(ctx, volid));
    note(volid);
    await activateVolumes(ctx, [volid]);
    ctx.out.line(`new volume ID is '${volid}'`);
    return volid;
  }

  /** The guest's config as it will be. @throws PaveError where the backup's cannot be read */
  private async config(text: string, map: ReadonlyMap<string, string>): Promise<GuestConfig> {
    const { ctx, request } = this;
    const { vmid, unique = false, values = new Map() } = request;
    const lines = restoreConfigText(text, { map, unique, macPrefix: macPrefix(ctx) });
    const parsed = parseGuestConfig('qemu', lines, {
      name: `vm ${vmid}`,
      warn: (what) => ctx.out.warn(what),
    });
    const { main } = parsed;
    for (const [key, value] of values) {
      if (key === 'description') main.description = value;
      else main.values.set(key, value);
    }
    for (const [key, volid] of map) {
      const line = main.values.get(key);
      const size = ctx.host.dryRun ? undefined : (await volumeSizeInfo(ctx, volid))?.size;
      if (line === undefined || size === undefined) continue;
      const drive = parseDrive(key, line);
      if (drive.media !== 'cdrom') drive.size = size;
      main.values.set(key, printDrive(drive));
    }
    return {
      ...parsed,
      text: '',
      pending: { values: new Map(), deletes: new Map() },
      special: new Map(),
      snapshots: new Map(),
    };
  }

  /** From here on the guest is the restored one. */
  private async store(
    guest: Guest,
    old: ReturnType<typeof volumesOf> | undefined,
    map: ReadonlyMap<string, string>,
  ): Promise<void> {
    const { ctx, task, request } = this;
    const { main } = guest.config;
    const template = isOn(main.values.get('template'));
    const sorted = old === undefined ? { free: [], keep: [] } : sortOut(old, map);
    this.writeFirewall();
    nameAll(guest, [...sorted.keep, ...sorted.free]);
    const more = sorted.free.length > 0 || old !== undefined || template;
    if (more) main.values.set('lock', 'create');
    saveGuest(ctx, guest, guest.config);
    task.undo.done();
    if (old !== undefined) await clearOld(ctx, guest, old, sorted);
    if (template) await this.makeBases(guest, map);
    if (more) {
      main.values.delete('lock');
      saveGuest(ctx, guest, guest.config);
    }
    const { pool } = request;
    if (pool !== undefined)
      await ctx.store.update('user.cfg', (text) => withPoolMember(text, pool, request.vmid));
  }

  private writeFirewall(): void {
    const rules = this.file('qemu-server.fw');
    if (rules === undefined) return;
    const { ctx, task, request } = this;
    const path = `firewall/${request.vmid}.fw`;
    const before = ctx.store.read(path);
    task.undo.add('put the firewall rules back', () => {
      if (before === undefined) ctx.store.remove(path);
      else ctx.store.write(path, before);
    });
    ctx.store.write(path, rules);
  }

  /** The disks of a template become base images again. */
  private async makeBases(guest: Guest, map: ReadonlyMap<string, string>): Promise<void> {
    const { ctx } = this;
    for (const [key, volid] of map) {
      const line = guest.config.main.values.get(key);
      if (line === undefined || parseDrive(key, line).media === 'cdrom') continue;
      try {
        const drive = parseDrive(key, line);
        drive.file = await createBaseVolume(ctx, volid);
        guest.config.main.values.set(key, printDrive(drive));
        saveGuest(ctx, guest, guest.config);
      } catch (error) {
        ctx.out.warn(`could not make a base image of '${volid}': ${messageOf(error)}`);
      }
    }
  }
}
