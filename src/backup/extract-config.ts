/** The guest's config out of a backup. Source: Storage.pm extract_vzdump_config. */
import { PaveError } from '../errors.js';
import { type ArchiveInfo, archiveInfo } from '../storage/files/archive.js';
import { activateVolumes, parseVolume, tryParseVolid, volumePath } from '../storage/index.js';
import type { StorageContext } from '../storage/types.js';
import { FIXED_HEADER, headerLength, vmaConfigs } from './vma/header.js';

/** Text of the config; `archive` is a volume id or a path. @throws PaveError */
export async function extractConfig(ctx: StorageContext, archive: string): Promise<string> {
  if (tryParseVolid(archive) !== undefined) {
    const { vtype } = parseVolume(ctx, archive);
    if (vtype !== 'backup')
      throw new PaveError(`unable to use volume ${archive} - content type needs to be 'backup'`);
    await activateVolumes(ctx, [archive]);
  }
  const path = tryParseVolid(archive) === undefined ? archive : volumePath(ctx, archive);
  if (ctx.host.files.stat(path)?.kind !== 'file')
    throw new PaveError(`can't find file '${archive}'`);
  const info = archiveInfo(path);
  if (info.format === 'vma') return await fromVma(ctx, path, info);
  const wanted =
    info.type === 'qemu'
      ? ['./qemu-server.conf']
      : ['./etc/vzdump/pct.conf', './etc/vzdump/vps.conf'];
  return await fromTar(ctx, path, info, wanted);
}

async function fromVma(ctx: StorageContext, path: string, info: ArchiveInfo): Promise<string> {
  const argv = info.decompressor ?? ['cat'];
  const header = await headOf(ctx, [...argv, ctx.host.path(path)], (start) =>
    start.length < FIXED_HEADER ? FIXED_HEADER : headerLength(start),
  );
  const config = vmaConfigs(header).get('qemu-server.conf');
  if (config === undefined) throw new PaveError(`'${path}' contains no configuration file`);
  return config.toString('utf8');
}

/** As many of the first bytes a program prints as `need` asks for, given those that came so far. */
async function headOf(
  ctx: StorageContext,
  argv: readonly string[],
  need: (sofar: Buffer) => number,
): Promise<Buffer> {
  const child = await ctx.host.spawn(argv, { effect: 'read', stdio: 'pipe' });
  let head = Buffer.alloc(0);
  try {
    for await (const chunk of child.stdout!) {
      head = Buffer.concat([head, Buffer.from(chunk)]);
      if (head.length >= need(head)) break;
    }
  } finally {
    child.kill('SIGKILL');
    await child.exited;
  }
  if (head.length === 0) throw new PaveError(`'${argv.at(-1)}' cannot be read: ${argv[0]} failed`);
  return head;
}

/** tar reads on to the end where it is not told that a name comes once. */
async function fromTar(
  ctx: StorageContext,
  path: string,
  info: ArchiveInfo,
  names: readonly string[],
): Promise<string> {
  const [, ...unpack] = info.decompressor ?? ['tar'];
  for (const name of names) {
    const argv = ['tar', ...unpack, '-xOf', ctx.host.path(path), '--occurrence=1', name];
    const { code, stdout, stderr } = await ctx.host.run(argv, { effect: 'read', allowExit: 'any' });
    if (code === 0) return stdout;
    if (!/Not found in archive/.test(stderr))
      throw new PaveError(`'${path}' cannot be read: ${stderr.trim().split('\n')[0]}`);
  }
  throw new PaveError(`archive '${path}' contains no configuration file`);
}
