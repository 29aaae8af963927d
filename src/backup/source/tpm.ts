/** The TPM's state of a running guest: swtpm holds it, not QEMU, so it is read from its file. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import { runFile } from '../../qemu/runtime/state.js';
import { volumePath, volumeSizeInfo } from '../../storage/index.js';
import type { SourceDisk } from './types.js';

export const TPM_KEY = 'tpmstate0';

/** Bytes of the volume; swtpm cuts the file to what it needs while it runs. @throws PaveError */
export async function tpmSize(ctx: Context, vmid: number, disk: SourceDisk): Promise<number> {
  const noted = /^(\d+) /.exec(ctx.host.files.read(runFile(vmid, 'tpmsize')) ?? '')?.[1];
  const size = noted === undefined ? (await volumeSizeInfo(ctx, disk.volid))?.size : Number(noted);
  if (size === undefined) throw new PaveError(`${disk.key}: volume '${disk.volid}' does not exist`);
  return size;
}

/** The state as a whole: what reads the same twice was not just being written. */
export async function readTpmState(
  ctx: Context,
  vmid: number,
  disk: SourceDisk,
  size: number,
): Promise<Buffer> {
  const { files, clock } = ctx.host;
  // A volume that is no raw file is shown to swtpm as one.
  const shown = runFile(vmid, 'tpmstate');
  const path = files.exists(shown) ? shown : volumePath(ctx, disk.volid);
  const read = () => {
    const data = Buffer.alloc(size);
    const bytes = files.readRange(path, 0, size);
    if (bytes === undefined) throw new PaveError(`${disk.key}: '${path}' does not exist`);
    data.set(bytes);
    return data;
  };
  let data = read();
  for (let tries = 0; tries < 50; tries++) {
    await clock.sleep(20);
    const again = read();
    if (again.equals(data)) return data;
    data = again;
  }
  throw new PaveError(`${disk.key}: the TPM's state changes all the time`);
}
