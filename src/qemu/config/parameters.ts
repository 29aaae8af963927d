/** What `qm create` and `qm set` are given, checked against the machine before anything is done. */
import { randomUUID } from 'node:crypto';
import type { Context } from '../../commands/define.js';
import { messageOf, ParamError } from '../../errors.js';
import { checkHookscript } from '../../guest/hookscript.js';
import { normaliseTags } from '../../guest/tags.js';
import { parsePropertyString } from '../../schema/propertyString.js';
import { splitWords } from '../../schema/words.js';
import { checkContent, parseVolid, parseVolume, requireStorage } from '../../storage/index.js';
import { checkSnippet } from '../cloudinit/image.js';
import { parseIpConfig } from '../cloudinit/network.js';
import { checkSshKeys } from '../cloudinit/secrets.js';
import { cpuProblem } from '../command/cpu-check.js';
import { CPU_MODELS, parseCpuModels } from '../command/custom-cpu.js';
import { checkLimits } from '../command/drive-options.js';
import { checkMachineConfig, parseMachine } from '../command/machine-type.js';
import { CLOUD_INIT } from '../disks/create.js';
import {
  type Drive,
  driveInterface,
  isCdrom,
  isDriveKey,
  isStateDrive,
  newDisk,
  parseDrive,
  printDrive,
} from '../drive/index.js';
import { parseNet, printNet, randomMac } from '../net.js';
import { cicustomFormat } from '../options/cloudinit.js';
import { isVmKey } from '../options/index.js';

/** Keys of the config among a command's input, as text. */
export function configValues(input: Readonly<Record<string, unknown>>): Map<string, string> {
  const values = new Map<string, string>();
  for (const [key, value] of Object.entries(input)) {
    if (value === undefined || !isVmKey(key)) continue;
    values.set(key, typeof value === 'boolean' ? (value ? '1' : '0') : String(value));
  }
  const cdrom = values.get('cdrom');
  if (cdrom !== undefined) {
    values.delete('cdrom');
    values.set('ide2', /(^|,)media=/.test(cdrom) ? cdrom : `${cdrom},media=cdrom`);
  }
  return values;
}

/**
 * Brings every value into canonical form and looks up what it refers to.
 * @throws ParamError with every problem at once
 */
export function checkParameters(
  ctx: Context,
  values: Map<string, string>,
  options: {
    defaultStorage?: string | undefined;
    macPrefix?: string | undefined;
    /** The values are all there is of the VM. */
    isNew?: boolean;
  },
): void {
  const errors: Record<string, string> = {};
  for (const [key, text] of values) {
    try {
      const canonical = checkOne(ctx, key, text, options);
      if (canonical !== undefined) values.set(key, canonical);
    } catch (error) {
      errors[key] = messageOf(error).replace(new RegExp(`^${key}: `), '');
    }
  }
  if (options.isNew) Object.assign(errors, balloonErrors(values, new Map()));
  if (Object.keys(errors).length > 0) throw new ParamError(errors);
}

/** By key what is wrong with memory and balloon together. `present`: what the VM has already. */
export function balloonErrors(
  values: ReadonlyMap<string, string>,
  present: ReadonlyMap<string, string>,
): Record<string, string> {
  if (!values.has('balloon') && !values.has('memory')) return {};
  const value = (key: string) => values.get(key) ?? present.get(key);
  const memory = Number(/\d+/.exec(value('memory') ?? '')?.[0] ?? 512);
  if (Number(value('balloon') ?? 0) <= memory) return {};
  return { balloon: 'balloon value too large (must be smaller than assigned memory)' };
}

function checkOne(
  ctx: Context,
  key: string,
  text: string,
  options: { defaultStorage?: string | undefined; macPrefix?: string | undefined },
): string | undefined {
  if (isDriveKey(key)) {
    const drive = parseDrive(key, text);
    checkDrive(ctx, drive, options.defaultStorage);
    return printDrive(drive);
  }
  if (driveInterface(key)?.bus === 'unused') {
    parseVolume(ctx, parseDrive(key, text).file);
    return text;
  }
  if (/^net\d+$/.test(key)) {
    const net = parseNet(text);
    net.macaddr ??= randomMac(options.macPrefix);
    return printNet(net);
  }
  if (key === 'machine') checkMachineConfig(parseMachine(text));
  if (key === 'cpu') {
    const problem = cpuProblem(text, () => parseCpuModels(ctx.store.read(CPU_MODELS) ?? '').keys());
    if (problem !== undefined) throw new Error(`invalid format - ${problem}`);
  }
  if (key === 'startdate') checkDate(text);
  if (key === 'args' && splitWords(text).length === 0 && text.trim() !== '')
    throw new Error('a quotation mark is not closed');
  if (/^(hostpci|usb)\d+$/.test(key) && !/(^|,)(host|mapping)=|^[^=,]+(,|$)/.test(text))
    throw new Error("either 'host' or 'mapping' must be set");
  if (key === 'hookscript') checkHookscript(ctx, text);
  if (key === 'vmgenid' && text === '1') return randomUUID();
  if (key === 'tags') return normaliseTags(text);
  if (key === 'sshkeys') {
    checkSshKeys(decodeURIComponent(text));
    return text;
  }
  if (/^ipconfig\d+$/.test(key)) parseIpConfig(text);
  if (key === 'cicustom')
    for (const volid of Object.values(parsePropertyString(cicustomFormat, text)))
      checkSnippet(ctx, String(volid));
  return undefined;
}

/** QEMU takes the 45th day of a month for one of the next. */
function checkDate(text: string): void {
  if (text === 'now') return;
  const [date, time] = text.split('T').map((part) => part.split(/[-:]/).map(Number));
  const [year, month, day] = date as [number, number, number];
  const [hour, minute, second] = time ?? [0, 0, 0];
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const bad = month < 1 || month > 12 || day < 1 || day > days;
  if (bad || hour! > 23 || minute! > 59 || second! > 59) throw new Error(`there is no such date`);
}

function checkDrive(ctx: Context, drive: Drive, defaultStorage: string | undefined): void {
  checkLimits(drive);
  const wanted = newDisk(drive.file);
  const source = drive['import-from'];
  if (source !== undefined && (wanted === undefined || wanted.size !== 0)) {
    throw new Error(
      "'import-from' requires special syntax - use <storage ID>:0,import-from=<source>",
    );
  }
  if (drive.file === 'none' || drive.file === 'cdrom') {
    if (!isCdrom(drive)) throw new Error(`'${drive.file}' needs media=cdrom`);
    return;
  }
  const cloudInit = CLOUD_INIT.exec(drive.file);
  if (cloudInit !== null) {
    const storeid = cloudInit[1] ?? defaultStorage;
    if (storeid === undefined) throw new Error('no storage ID specified (and no default storage)');
    if (drive.interface === 'virtio') throw new Error('there is no CD-ROM on the virtio bus');
    checkContent(requireStorage(ctx, storeid), 'images');
    return;
  }
  if (wanted !== undefined) {
    if (isCdrom(drive)) throw new Error('a CD-ROM takes an existing volume, none or cdrom');
    const storeid = wanted.storeid ?? defaultStorage;
    if (storeid === undefined) throw new Error('no storage ID specified (and no default storage)');
    checkContent(requireStorage(ctx, storeid), 'images');
    if (source !== undefined) {
      checkSource(ctx, source);
      checkImportedState(drive);
    } else if (wanted.size === 0 && !isStateDrive(drive))
      throw new Error('a disk of size 0 makes sense only with import-from');
    return;
  }
  if (drive.file.startsWith('/')) {
    const kind = ctx.host.files.stat(drive.file)?.kind;
    if (kind === undefined) throw new Error(`'${drive.file}' does not exist`);
    if (kind !== 'block' && kind !== 'file')
      throw new Error(`'${drive.file}' is neither a block device nor a file`);
    return;
  }
  requireStorage(ctx, parseVolid(drive.file).storeid);
  const { vtype, format } = parseVolume(ctx, drive.file);
  if (vtype !== 'images' && vtype !== 'iso') {
    throw new Error(`content type needs to be 'images' or 'iso' - '${drive.file}' is '${vtype}'`);
  }
  if (vtype === 'iso' && !isCdrom(drive))
    throw new Error("explicit 'media=cdrom' is required for iso images");
  if (drive.format !== undefined && drive.format !== format) {
    throw new Error(`'format=${drive.format}' option different from storage format '${format}'`);
  }
}

/** Nobody can tell from a state volume what it holds: whoever imports one has to say. */
function checkImportedState(drive: Drive): void {
  const needed = { efidisk: ['efitype', 'pre-enrolled-keys'], tpmstate: ['version'] };
  for (const key of needed[drive.interface as keyof typeof needed] ?? []) {
    if (drive[key] === undefined)
      throw new Error(`need to specify '${key}' when using 'import-from'`);
  }
}

function checkSource(ctx: Context, source: string): void {
  if (source.startsWith('/')) {
    if (ctx.host.files.stat(source) === undefined)
      throw new Error(`import-from: '${source}' does not exist`);
    return;
  }
  requireStorage(ctx, parseVolid(source).storeid);
  const { vtype, format } = parseVolume(ctx, source);
  if (vtype !== 'images' && vtype !== 'import') {
    throw new Error(`${source} has wrong type '${vtype}' - needs to be 'images' or 'import'`);
  }
  if (format?.startsWith('ova') || format === 'ovf')
    throw new Error(`import-from: '${format}' cannot be unpacked yet`);
}
