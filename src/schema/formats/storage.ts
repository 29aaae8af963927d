/** Formats of storage parameters and certificates. Source: PVE::Storage::Plugin, PVE::Certificate. */
import { PaveError } from '../../errors.js';
import { accepts, type FormatCheck, matching } from './check.js';

const content = matching(
  /^(?:images|rootdir|vztmpl|iso|backup|snippets|none|import)$/,
  (v) => `invalid content type '${v}'`,
);

/** `content=relative/path`, at most 1022 characters and 254 a component, no `..` as a component. */
function dirOverride(value: string): void {
  const match = /^([a-z]+)=([^.]*(?:\.?[^.]+)+)$/.exec(value);
  if (match) content(match[1] ?? '');
  const path = match?.[2];
  if (path === undefined || path.length >= 1023 || path.split('/').some((c) => c.length >= 255)) {
    throw new PaveError(`invalid override '${value}'`);
  }
}

/** A power of two from 512 to 16M, with or without `k` or `m`. */
function zfsBlocksize(value: string): void {
  if (value === '') return;
  const match = /^([1-9][0-9]*)([km])?$/i.exec(value);
  const unit = match?.[2]?.toLowerCase();
  const size = Number(match?.[1] ?? 0) * (unit === 'k' ? 1024 : unit === 'm' ? 1024 ** 2 : 1);
  if (size < 512 || size > 16 * 1024 ** 2 || (size & (size - 1)) !== 0) {
    throw new PaveError(
      `value '${value}' is not a valid block size: a power of two from 512 to 16M is needed`,
    );
  }
}

/** PEM: base64 between BEGIN and END lines of one label, `multiple` blocks; text before is allowed. */
function pem(label: string, multiple: boolean): FormatCheck {
  let pattern: RegExp | undefined;
  const block = `-----BEGIN ${label}-----\\s*\\n[A-Za-z0-9+/=\\s]+-----END ${label}-----\\s*`;
  return (value) => {
    pattern ??= new RegExp(`^(?:${block})${multiple ? '+' : ''}$`);
    const start = value.search(/^-----BEGIN /m);
    if (start < 0 || !pattern.test(value.slice(start))) {
      throw new PaveError('not a valid PEM-formatted string.');
    }
  };
}

const volumeId = matching(
  /^[a-z][a-z0-9\-_.]*[a-z0-9]:.+$/i,
  (v) => `unable to parse volume ID '${v}'`,
);

/** Whether the text is `storage:name`. */
export function isVolumeId(text: string): boolean {
  return accepts(volumeId, text);
}

/** The table; built when first asked for. */
export const storageFormats = (): Record<string, FormatCheck> => ({
  'pve-volume-id': volumeId,
  'pve-storage-path': matching(/^\/[^;()]+/, 'value does not look like a valid absolute path'),
  'pve-storage-vgname': matching(
    /^[a-z0-9][a-z0-9\-_.]*[a-z0-9]$/i,
    (v) => `lvm name '${v}' contains illegal characters`,
  ),
  'pve-storage-content': content,
  'pve-storage-format': matching(/^(?:raw|qcow2|vmdk|subvol)$/, (v) => `invalid format '${v}'`),
  'pve-storage-options': matching(/^\S+$/, (v) => `invalid options '${v}'`),
  'pve-dir-override': dirOverride,
  'pve-storage-zfs-blocksize': zfsBlocksize,
  'pem-certificate': pem('CERTIFICATE', false),
  'pem-certificate-chain': pem('CERTIFICATE', true),
  'pem-string': pem('[^\\n]*?', false),
});
