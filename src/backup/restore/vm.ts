/**
 * Making a virtual machine of a backup. Everything is restored into new volumes first; a guest that
 * is replaced is as it was until all of it is there. Source of the order: create_vm and
 * restore_vma_archive of the original.
 */
import type { Context } from '../../commands/define.js';
import { parseGuestConfig } from '../../config/guest-config.js';
import { writeGuestConfig } from '../../config/guest-config-write.js';
import type { GuestConfig } from '../../config/types.js';
import { parsePools } from '../../config/user-pools.js';
import { PaveError } from '../../errors.js';
import { type Guest, isOn, saveGuest, withGuestLock } from '../../guest/load.js';
import { restoreBegun } from '../../guest/restore-mark.js';
import { macPrefix } from '../../qemu/config/create.js';
import { parseDrive, printDrive } from '../../qemu/drive/index.js';
import {
  activateVolumes,
  allocVolume,
  freeVolume,
  parseVolid,
  requireStorage,
  volumeSizeInfo,
} from '../../storage/index.js';
import { runTask, type Task } from '../../task/index.js';
import { archivePath } from '../archive.js';
import { resolveChain } from '../chain/resolve.js';
import { scratchFolder } from '../room.js';
import { contentOf, contentText } from '../tool/content.js';
import type { VmaHeader } from '../vma/header.js';
import type { VmaReader } from '../vma/read.js';
import { checkClaim, claimGuest } from './claim.js';
import { restoreConfigText } from './config-lines.js';
import { fillVolumes } from './fill.js';
import { addToPool, finishRestored, writeFirewall } from './finish.js';
import { isComplete, killedRestore, resumeCommand, settleKilled } from './killed.js';
import { checkLive, liveLimit, restoreLive, resumeLive } from './live.js';
import type { RestoreMark } from './mark.js';
import { type PlannedDisk, planDisks } from './plan.js';
import { withReaders } from './readers.js';
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
  /** Folder for an archive that has to be unpacked for that; default /var/tmp. */
  tmpdir?: string | undefined;
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
  if (restoreBegun(ctx.host, vmid) && (await named(emsg, () => afterKilled(ctx, request, path))))
    return;
  await named(emsg, () => checkClaim(ctx, vmid, force));
  await runTask(ctx, { type: 'qmrestore', id: vmid }, (task) =>
    named(emsg, () => restore(task, request, path)),
  );
  if (!request.start || request.live) return;
  ctx.out.line('Execute autostart');
  const { startVm } = await import('../../qemu/runtime/start.js');
  await runTask(ctx, { type: 'qmstart', id: vmid }, (task) => startVm(task.ctx, vmid));
}

/**
 * The last restore of this id was killed: it is taken back, unless it is the same again of a machine
 * that runs meanwhile, which goes on. Gives whether that was all there was to do.
 */
async function afterKilled(ctx: Context, request: RestoreVmRequest, path: string) {
  const { vmid } = request;
  return await withGuestLock(ctx, 'qemu', vmid, async () => {
    const mark = killedRestore(ctx, vmid);
    const { live, archives = [] } = mark?.state ?? {};
    if (mark !== undefined && live !== undefined && !isComplete(mark)) {
      if (request.live && archives[0] === path) {
        if (request.bwlimit !== undefined) mark.set({ bwlimit: request.bwlimit * 1024 });
        await runTask(ctx, { type: 'qmrestore', id: vmid }, (task) => resumeLive(task, vmid, mark));
        return true;
      }
      if (!request.force)
        throw new PaveError('a live restore of it was cut short, and it may have written since', {
          hint: `this goes on: ${resumeCommand(vmid, archives[0]!)}; to give it up: qm stop ${vmid} --skiplock 1 && qm unlock ${vmid}`,
        });
    }
    await settleKilled(ctx, vmid);
    return false;
  });
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
      return new Restore(task, request, chain, readers).run();
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

class Restore {
  private readonly ctx: Context;
  private readonly header: VmaHeader;

  constructor(
    private readonly task: Task,
    private readonly request: RestoreVmRequest,
    /** Paths of the archives, the newest first. */
    private readonly chain: readonly string[],
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
    const plan = planDisks(ctx, header, text, request.storage);
    if (request.live) await checkLive(ctx, text, this.chain, plan, this.tmpdir);
    const force = request.force ?? false;
    const claim = await claimGuest(ctx, request.vmid, force, this.chain, task.undo);
    const old = claim.old === undefined ? undefined : volumesOf(ctx, claim.old);
    const disks: (PlannedDisk & { volid: string })[] = [];
    for (const disk of plan) {
      task.check();
      disks.push({ ...disk, volid: await this.allocate(disk, old?.disks, claim.note) });
    }
    const map = new Map(disks.map(({ key, volid }) => [key, volid]));
    const config = await this.config(text, map);
    if (request.live) await this.live({ ...claim.guest, config }, claim.mark, disks, old);
    else await fillVolumes(ctx, { archives: this.readers, disks, bwlimit: request.bwlimit });
    task.check();
    await this.store({ ...claim.guest, config }, claim.mark, old, map);
  }

  private get tmpdir(): string {
    return scratchFolder(this.ctx.host, this.request.tmpdir);
  }

  /** It runs from here on; its config says `lock: create` until nothing is missing any more. */
  private async live(
    guest: Guest,
    mark: RestoreMark,
    disks: readonly (PlannedDisk & { volid: string })[],
    old: ReturnType<typeof volumesOf> | undefined,
  ): Promise<void> {
    const { ctx, request } = this;
    const { vmid, bwlimit } = request;
    guest.config.main.values.set('lock', 'create');
    if (old !== undefined) {
      const { keep, free } = sortOut(old, new Map(disks.map(({ key, volid }) => [key, volid])));
      nameAll(guest, [...keep, ...free]);
    }
    if (ctx.host.dryRun) {
      ctx.host.note('change', `start VM ${vmid} and restore its disks while it runs`);
      return;
    }
    mark.set({ pool: request.pool });
    const live = { tmpdir: this.tmpdir, bwlimit: liveLimit(ctx, disks, bwlimit), disks };
    await restoreLive(this.task, guest, mark, this.readers, live);
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
    mark: RestoreMark,
    old: ReturnType<typeof volumesOf> | undefined,
    map: ReadonlyMap<string, string>,
  ): Promise<void> {
    const { ctx, task, request } = this;
    const { main } = guest.config;
    const template = isOn(main.values.get('template'));
    const sorted = old === undefined ? { free: [], keep: [] } : sortOut(old, map);
    writeFirewall(ctx, request.vmid, this.header.configs, mark, task.undo);
    nameAll(guest, [...sorted.keep, ...sorted.free]);
    const more = sorted.free.length > 0 || old !== undefined || template;
    if (more) main.values.set('lock', 'create');
    else main.values.delete('lock');
    const last = mark.state.configs.at(-1)!;
    mark.set({ complete: true, configs: [last, writeGuestConfig(guest.config)] });
    saveGuest(ctx, guest, guest.config);
    task.undo.done();
    if (old !== undefined) await clearOld(ctx, guest, old, sorted);
    if (more) await finishRestored(ctx, guest);
    mark.end();
    const { pool } = request;
    if (pool !== undefined) await addToPool(ctx, pool, request.vmid);
  }
}
