/**
 * Microsoft's certificates of 2023 in the UEFI variables of a VM with pre-enrolled keys. Those of
 * 2011 expire in June 2026. Source: OVMF.pm of the original.
 */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import { activateVolumes, parseVolume, volumePath } from '../../storage/index.js';
import { isSet } from '../command/drive-options.js';
import type { Drive } from '../drive/index.js';
import { RUN_DIR, runFile } from '../runtime/state.js';

/** Certificates hold their names as plain text, and no other one is called so. */
const NAME = 'Microsoft UEFI CA 2023';
/** The marker of a complete set. */
export const ENROLLED = '2023k';

/** Comes with virt-fw-vars. */
const KEK =
  '/usr/lib/python3/dist-packages/virt/firmware/certs/MicrosoftCorporationKEK2KCA2023.pem';
/** Owner of Microsoft's entries, as the UEFI specification's users know it. */
const MICROSOFT = '77fa9abd-0359-4d32-bd60-28f4e78f784b';

export function holdsCertificates(variables: Uint8Array): boolean {
  return Buffer.from(variables.buffer, variables.byteOffset, variables.length).includes(NAME);
}

/** Keys are enrolled, and as far as the config knows not the new ones. */
export function lacksCertificates(drive: Drive): boolean {
  return isSet(drive['pre-enrolled-keys']) && drive['ms-cert'] !== ENROLLED;
}

/** Can this host enrol them at all? @throws PaveError where its tool is missing */
export function requireEnroller(ctx: Context): void {
  const { host } = ctx;
  if (host.which('virt-fw-vars') !== undefined && host.files.exists(KEK)) return;
  throw new PaveError('efidisk0: virt-fw-vars, which enrols certificates, is not installed', {
    hint: 'apt install python3-virt-firmware (Debian 13), or leave ms-cert out',
  });
}

/**
 * Enrols them in a VM's variables and notes it in the drive; the VM does not run. `size`: bytes of
 * the variables, which a volume may exceed. @throws PaveError
 */
export async function enrolCertificates(
  ctx: Context,
  vmid: number,
  drive: Drive,
  size: number,
): Promise<void> {
  const { host } = ctx;
  requireEnroller(ctx);
  ctx.out.line('efidisk0: enrolling Microsoft UEFI CA 2023');
  await activateVolumes(ctx, [drive.file]);
  const path = volumePath(ctx, drive.file);
  const format = parseVolume(ctx, drive.file).format ?? 'raw';
  const copy = runFile(vmid, 'efivars');
  const file = host.path(copy);
  host.files.mkdir(RUN_DIR);
  const convert = (...words: string[]) =>
    host.run(['qemu-img', 'convert', ...words], { effect: 'change' });
  try {
    await convert('-f', format, '-O', 'raw', path, file);
    host.files.truncate(copy, size);
    await host.run(
      [
        ...['virt-fw-vars', '--inplace', file, '--distro-keys', 'ms-uefi'],
        ...['--distro-keys', 'windows', '--add-kek', MICROSOFT, KEK],
      ],
      { effect: 'change' },
    );
    await writeBack(ctx, copy, path, format, size);
  } finally {
    host.files.unlink(copy);
  }
  drive['ms-cert'] = ENROLLED;
}

/** A raw file is replaced as a whole, so that no half of it is ever seen. */
async function writeBack(
  ctx: Context,
  copy: string,
  path: string,
  format: string,
  size: number,
): Promise<void> {
  const { host } = ctx;
  const there = host.files.stat(path);
  if (format === 'raw' && there?.kind === 'file' && there.size === size) {
    const bytes = host.files.readBytes(copy);
    if (bytes !== undefined)
      host.files.write(path, bytes, { mode: there.mode, uid: there.uid, gid: there.gid });
    return;
  }
  await host.run(
    ['qemu-img', 'convert', '-n', '-S', '0', '-f', 'raw', '-O', format, host.path(copy), path],
    { effect: 'change' },
  );
}
