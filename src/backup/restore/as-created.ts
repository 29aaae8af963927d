/** `qm create --archive` and `qmrestore`: what they are given, checked. */
import type { Context } from '../../commands/define.js';
import { ParamError } from '../../errors.js';
import { storedPassword } from '../../qemu/cloudinit/secrets.js';
import { macPrefix } from '../../qemu/config/create.js';
import { checkParameters, configValues } from '../../qemu/config/parameters.js';
import { isDriveKey } from '../../qemu/drive/index.js';
import { restoreVm } from './vm.js';

const NOT_YET: Record<string, string> = {
  'ha-managed': 'high availability is not supported yet',
  'import-working-storage': 'unpacking OVA archives is not supported yet',
};

/** @throws ParamError for wrong values, PaveError when a step fails; nothing is left then */
export async function restoreAs(
  ctx: Context,
  input: Readonly<Record<string, unknown>>,
): Promise<void> {
  const errors: Record<string, string> = {};
  for (const [key, reason] of Object.entries(NOT_YET))
    if (input[key] !== undefined && input[key] !== false) errors[key] = reason;
  const values = configValues(input);
  for (const key of values.keys())
    if (isDriveKey(key)) errors[key] = "option conflicts with option 'archive'";
  const live = input['live-restore'] === true || input['live-restore'] === 1;
  if (live && input.archive === '-')
    errors['live-restore'] = 'needs the archive as a file: standard input comes only once';
  if (Object.keys(errors).length > 0) throw new ParamError(errors);
  checkParameters(ctx, values, { macPrefix: macPrefix(ctx) });
  const password = values.get('cipassword');
  if (password !== undefined)
    values.set('cipassword', await storedPassword(ctx.host, password, values.get('ostype')));
  await restoreVm(ctx, {
    archive: input.archive as string,
    vmid: input.vmid as number,
    storage: input.storage as string | undefined,
    pool: input.pool as string | undefined,
    force: input.force as boolean | undefined,
    unique: input.unique as boolean | undefined,
    bwlimit: input.bwlimit as number | undefined,
    start: input.start as boolean | undefined,
    live,
    tmpdir: input.tmpdir as string | undefined,
    values,
  });
}
