/** Making a VM. Source of the order: create_vm of the original. */
import { randomUUID } from 'node:crypto';
import type { Context } from '../../commands/define.js';
import { emptyGuestConfig } from '../../config/guest-config.js';
import { writeGuestConfig } from '../../config/guest-config-write.js';
import { parsePools, withPoolMember } from '../../config/user-pools.js';
import { messageOf, ParamError, PaveError } from '../../errors.js';
import { assertVmidFree, configPath, type GuestRef } from '../../guest/find.js';
import { lockHint, saveGuest, withGuestLock } from '../../guest/load.js';
import { restoreBegun } from '../../guest/restore-mark.js';
import { probePlatform } from '../../host/platform.js';
import { runTask, type Task } from '../../task/index.js';
import { defaultBootDevices, printBootOrder } from '../boot.js';
import { storedPassword } from '../cloudinit/secrets.js';
import { pinnedMachine } from '../command/machine-type.js';
import { createDisks } from '../disks/create.js';
import { checkParameters, configValues } from './parameters.js';

const NOT_YET: Record<string, string> = {
  'ha-managed': 'high availability is not supported yet',
  'import-working-storage': 'unpacking OVA archives is not supported yet',
  'live-restore': 'it goes with a backup only',
};

/** @throws ParamError for wrong values, PaveError when a step fails; nothing is left then */
export async function createVm(
  ctx: Context,
  vmid: number,
  input: Readonly<Record<string, unknown>>,
): Promise<void> {
  const refused = Object.keys(NOT_YET).filter(
    (key) => input[key] !== undefined && input[key] !== false,
  );
  if (refused.length > 0)
    throw new ParamError(Object.fromEntries(refused.map((key) => [key, NOT_YET[key]!])));
  ctx.store.ensureLayout();
  const values = configValues(input);
  const defaultStorage = input.storage as string | undefined;
  checkParameters(ctx, values, { defaultStorage, macPrefix: macPrefix(ctx), isNew: true });
  const password = values.get('cipassword');
  if (password !== undefined)
    values.set('cipassword', await storedPassword(ctx.host, password, values.get('ostype')));
  const description = values.get('description');
  values.delete('description');
  const pool = input.pool as string | undefined;
  if (pool !== undefined && !parsePools(ctx.store.read('user.cfg') ?? '').has(pool))
    throw new ParamError({ pool: `pool '${pool}' does not exist` });
  const emsg = `unable to create VM ${vmid} -`;
  try {
    assertVmidFree(ctx.store, vmid);
  } catch (error) {
    throw unfinished(ctx, vmid, new PaveError(`${emsg} ${messageOf(error)}`));
  }
  await runTask(ctx, { type: 'qmcreate', id: vmid }, async (task) => {
    try {
      await create(task, vmid, values, {
        description,
        defaultStorage,
        pool,
        bwlimit: input.bwlimit as number | undefined,
      });
    } catch (error) {
      throw error instanceof PaveError
        ? new PaveError(`${emsg} ${error.message}`, {
            ...(error.hint === undefined ? {} : { hint: error.hint }),
            cause: error,
          })
        : error;
    }
  });
  if (!input.start) return;
  ctx.out.line('Execute autostart');
  const { startVm } = await import('../runtime/start.js');
  await runTask(ctx, { type: 'qmstart', id: vmid }, (task) => startVm(task.ctx, vmid));
}

/** The way out of a create that was killed. */
function unfinished(ctx: Context, vmid: number, error: PaveError): PaveError {
  const text = ctx.store.read(configPath('qemu', ctx.store.node, vmid)) ?? '';
  if (!/^lock: create$/m.test(text)) return error;
  return new PaveError(error.message, {
    hint: lockHint('qemu', 'create', vmid, restoreBegun(ctx.host, vmid)),
  });
}

async function create(
  task: Task,
  vmid: number,
  values: Map<string, string>,
  more: {
    description: string | undefined;
    defaultStorage: string | undefined;
    pool: string | undefined;
    /** KiB/s of what is imported. */
    bwlimit: number | undefined;
  },
): Promise<void> {
  const { ctx, undo } = task;
  const { description, defaultStorage, pool, bwlimit } = more;
  const ref: GuestRef = {
    vmid,
    kind: 'qemu',
    node: ctx.store.node,
    path: configPath('qemu', ctx.store.node, vmid),
  };
  const work = async () => {
    const config = emptyGuestConfig('qemu');
    config.main.values.set('lock', 'create');
    // Once more: another may have been quicker.
    assertVmidFree(ctx.store, vmid);
    // The first to write the file owns the id, on whichever node.
    ctx.store.write(ref.path, writeGuestConfig(config), { exclusive: true });
    undo.add('remove the config', () => void ctx.store.remove(ref.path));
    await createDisks(ctx, {
      vmid,
      values,
      defaultStorage,
      bwlimit,
      undo,
      check: () => task.check(),
      // Written at once: should we be killed, destroying the guest finds its disks.
      onAllocated: (key, value) => {
        config.main.values.set(key, value);
        saveGuest(ctx, ref, config);
      },
    });
    config.main.description = description;
    for (const [key, value] of values) config.main.values.set(key, value);
    await addDefaults(ctx, config.main.values);
    if (!values.has('lock')) config.main.values.delete('lock');
    task.check();
    if (pool !== undefined) {
      undo.add(`take it out of pool ${pool}`, () => setPool(ctx, '', vmid));
      await setPool(ctx, pool, vmid);
    }
    saveGuest(ctx, ref, config);
  };
  await withGuestLock(
    ctx,
    'qemu',
    vmid,
    async () => {
      try {
        await work();
      } catch (error) {
        // While the id is still ours.
        await undo.run((text) => ctx.out.warn(text));
        throw error;
      }
    },
    { timeoutS: 5 },
  );
}

/** '': of no pool. */
async function setPool(ctx: Context, pool: string, vmid: number): Promise<void> {
  await ctx.store.update('user.cfg', (text) => withPoolMember(text, pool, vmid));
}

/** What a new VM gets where nothing was said. */
async function addDefaults(ctx: Context, values: Map<string, string>): Promise<void> {
  const platform = await probePlatform(ctx.host);
  const arch = values.get('arch') ?? platform.arch;
  const qemu = platform.qemu[arch as keyof typeof platform.qemu];
  const version = qemu === undefined ? '' : `creation-qemu=${qemu.version.join('.')},`;
  values.set('meta', `${version}ctime=${Math.floor(ctx.host.clock.now() / 1000)}`);
  const pinned =
    qemu === undefined
      ? undefined
      : pinnedMachine(values.get('machine'), values.get('ostype'), arch, qemu);
  if (pinned !== undefined) {
    ctx.out.line(`pinning machine type to '${pinned.type}' for Windows guest OS`);
    values.set('machine', pinned.text);
  }
  if (!values.has('boot')) {
    const boot = printBootOrder(defaultBootDevices(values));
    if (boot !== '') values.set('boot', boot);
  }
  if (!values.has('smbios1')) values.set('smbios1', `uuid=${randomUUID()}`);
  // There is no such device on ARM boards.
  if ((!values.has('vmgenid') && arch !== 'aarch64') || values.get('vmgenid') === '1')
    values.set('vmgenid', randomUUID());
}

/** `mac_prefix` of datacenter.cfg. */
export function macPrefix(ctx: Pick<Context, 'store'>): string | undefined {
  return /^mac_prefix:\s*(\S+)/m.exec(ctx.store.read('datacenter.cfg') ?? '')?.[1];
}
