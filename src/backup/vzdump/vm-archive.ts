/** From a VM's disks to its archive: names, what goes in, and the bytes' way to their target. */
import { PaveError } from '../../errors.js';
import type { Guest } from '../../guest/load.js';
import { MissingProgramError } from '../../host/command-errors.js';
import { imageInfo } from '../../storage/files/image-info.js';
import { activateVolumes, volumeSizeInfo } from '../../storage/index.js';
import { chooseKind } from '../chain/choose.js';
import { type ArchiveKind, archiveVm } from '../source/index.js';
import type { ConfigBlob } from '../types.js';
import { compressorOf, cpuCount } from './compress.js';
import type { BackupRun } from './guest-backup.js';
import { archivedConfig, deviceName, diskLine, type ListedDisk, listDisks } from './guest-disks.js';
import { usualPriority } from './ionice.js';
import type { Settings } from './settings.js';
import type { VmPower } from './vm-power.js';

/** An included disk, measured. */
export interface SourceDisk {
  key: string;
  device: string;
  volid: string;
  /** Bytes. */
  size: number;
  storeid: string;
  format: string;
}

export interface ArchivePlan {
  /** The finished archive, or `-`. */
  target: string;
  /** What is written to until it is whole. */
  draft?: string;
  logfile: string;
  tmpdir: string;
  kind: ArchiveKind;
  through?: readonly string[] | undefined;
  disks: SourceDisk[];
  /** Logs the disks and measures those that go in. */
  prepare(guest: Guest): Promise<void>;
}

/** Where a VM's archive goes and how it is made, before anything is. @throws PaveError */
export async function planArchive(
  run: BackupRun,
  vmid: number,
  name: string,
): Promise<ArchivePlan> {
  const { ctx, log, settings, target, stdout } = run;
  const { host } = ctx;
  const compressor = compressorOf(settings, cpuCount(host));
  const program = compressor?.argv[0];
  if (program !== undefined && host.which(program) === undefined)
    throw new MissingProgramError(program);
  const kind: ArchiveKind =
    stdout === undefined
      ? await chooseKind(ctx, {
          vmid,
          dumpdir: target.dumpdir,
          fullbackup: settings.fullbackup,
          log,
        })
      : { type: 'full' };
  const extension = `${kind.type === 'full' ? '.vma' : '.vma-inc'}${compressor === undefined ? '' : `.${compressor.extension}`}`;
  const base = `${target.dumpdir}/${name}`;
  const temporary =
    settings.tmpdir === undefined
      ? `${base}.tmp`
      : `${settings.tmpdir}/vzdumptmp${host.processes.self}_${vmid}`;
  const plan: ArchivePlan = {
    target: stdout === undefined ? `${base}${extension}` : '-',
    logfile: `${base}.log`,
    tmpdir: temporary,
    kind,
    through: compressor?.argv,
    disks: [],
    async prepare(guest) {
      const vmName = guest.config.main.values.get('name');
      if (vmName !== undefined) log.info(`VM Name: ${vmName}`);
      const listed = listDisks(guest.config);
      for (const disk of listed) log.info(diskLine(disk));
      plan.disks = await measure(run, listed);
    },
  };
  if (stdout === undefined) plan.draft = `${base}.dat`;
  return plan;
}

/** Makes the included disks usable and finds out their size and format. */
async function measure(run: BackupRun, listed: readonly ListedDisk[]): Promise<SourceDisk[]> {
  const { ctx } = run;
  const included = listed.filter((disk) => disk.included);
  await activateVolumes(
    ctx,
    included.flatMap(({ file, storeid }) => (storeid === undefined ? [] : [file])),
  );
  const disks: SourceDisk[] = [];
  for (const { key, file, storeid } of included) {
    const info =
      storeid === undefined
        ? imageInfo(ctx.host, file, /\.(qcow2|vmdk)$/.exec(file)?.[1] ?? 'raw')
        : await volumeSizeInfo(ctx, file);
    if (info === undefined)
      throw new PaveError(`cannot determine size of volume '${file}' - it does not exist`);
    const { size, format } = info;
    disks.push({ key, device: deviceName(key), volid: file, size, storeid: storeid ?? '', format });
  }
  return disks;
}

/** Gives the finished draft; undefined where the archive went to standard output. */
export async function writeArchive(
  run: BackupRun,
  plan: ArchivePlan,
  guest: Guest,
  mode: Settings['mode'],
  power: VmPower,
): Promise<string | undefined> {
  const { ctx, log, settings, stdout } = run;
  const configs = archiveConfigs(run, plan, guest);
  log.info(
    stdout === undefined ? `creating vzdump archive '${plan.target}'` : 'sending archive to stdout',
  );
  const output = await ctx.host.output(stdout ?? plan.draft!, {
    effect: 'change',
    mode: 0o644,
    through: plan.through,
    purpose: `archive of VM ${guest.vmid}`,
  });
  // The compressor has its priority; the guest that is now started must not get it.
  if (mode === 'stop' && power.running) await usualPriority(ctx.host, log);
  try {
    await archiveVm(ctx, {
      vmid: guest.vmid,
      config: guest.config,
      mode,
      wasRunning: power.running,
      disks: plan.disks,
      configs,
      output,
      bwlimit: settings.bwlimit,
      fleecing: settings.fleecing,
      performance: settings.performance,
      kind: plan.kind,
      track: settings.fullbackup > 1 && stdout === undefined,
      tmpdir: plan.tmpdir,
      log: { info: (line) => log.info(line), warn: (line) => log.warn(line) },
      onRunning: () => power.wentOn(mode),
      signal: ctx.signal,
    });
    await output.finish();
  } catch (error) {
    // Where the compressor failed, that is the reason, not the broken pipe.
    throw (await output.abort()) ?? error;
  }
  return plan.draft;
}

/** The config and the firewall rules, also as files for whoever looks into the temporary folder. */
function archiveConfigs(run: BackupRun, plan: ArchivePlan, guest: Guest): ConfigBlob[] {
  const { ctx, log } = run;
  const config = archivedConfig(guest.config.text, plan.disks, (text) => log.info(text));
  const blobs: ConfigBlob[] = [{ name: 'qemu-server.conf', data: config }];
  const firewall = ctx.store.read(`firewall/${guest.vmid}.fw`);
  if (firewall !== undefined) blobs.push({ name: 'qemu-server.fw', data: firewall });
  for (const { name, data } of blobs)
    ctx.host.files.write(`${plan.tmpdir}/${name}`, data, { mode: 0o600, durable: false });
  return blobs;
}
