/** A VM that becomes a Windows one keeps the machine version of that moment. Source: update_vm_api. */
import type { Context } from '../../commands/define.js';
import type { GuestConfig } from '../../config/types.js';
import { setPending } from '../../guest/pending.js';
import { probePlatform } from '../../host/platform.js';
import { pinnedMachine } from '../command/machine-type.js';
import type { Change } from './change.js';

/** Not where the machine itself is set, deleted or waits to be: that was a decision. */
export async function pinWindows(
  ctx: Context,
  config: GuestConfig,
  { values, deletes }: Pick<Change, 'values' | 'deletes'>,
): Promise<void> {
  const ostype = values.get('ostype');
  const decided =
    values.has('machine') || deletes.includes('machine') || config.pending.values.has('machine');
  if (ostype === undefined || decided) return;
  const platform = await probePlatform(ctx.host);
  const arch = config.main.values.get('arch') ?? platform.arch;
  const qemu = platform.qemu[arch as keyof typeof platform.qemu];
  if (qemu === undefined) return;
  const pinned = pinnedMachine(config.main.values.get('machine'), ostype, arch, qemu);
  if (pinned === undefined) return;
  ctx.out.line(`pinning machine type to '${pinned.type}' for Windows guest OS`);
  setPending(config, 'machine', pinned.text);
}
