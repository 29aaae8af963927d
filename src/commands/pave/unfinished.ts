/** What commands that were killed may have left: locks, half a start, volumes nobody names. */
import { messageOf } from '../../errors.js';
import { findGuest, type GuestRef, listGuests } from '../../guest/find.js';
import { heldMark } from '../../guest/held.js';
import { loadGuest, lockHint } from '../../guest/load.js';
import { isVolumeUsed } from '../../guest/unused.js';
import { scanVolumes } from '../../qemu/config/rescan.js';
import { isHalfStarted } from '../../qemu/runtime/starting.js';
import { runningPid } from '../../qemu/runtime/state.js';
import type { VolumeInfo } from '../../storage/types.js';
import type { Context } from '../define.js';
import type { Finding } from './findings.js';

/** What killed commands left: locks, half starts, volumes that no config names. */
export async function unfinishedWork(ctx: Context): Promise<Finding[]> {
  const guests = listGuests(ctx.store, { kind: 'qemu', node: ctx.store.node });
  const volumes = await scanVolumes(ctx);
  const found = [
    ...guests.flatMap((guest) => ofGuest(ctx, guest, volumes)),
    ...ofNobody(ctx, volumes),
  ];
  if (found.length > 0) return found;
  return [
    { name: 'unfinished work', required: false, state: 'ok', detail: 'nothing is left over' },
  ];
}

function limited(name: string, detail: string, fix?: string): Finding {
  return { name, required: false, state: 'limited', detail, ...(fix === undefined ? {} : { fix }) };
}

function ofGuest(ctx: Context, { vmid }: GuestRef, volumes: readonly VolumeInfo[]): Finding[] {
  const name = `VM ${vmid}`;
  let config: ReturnType<typeof loadGuest>['config'];
  try {
    ({ config } = loadGuest(ctx, 'qemu', vmid));
  } catch (error) {
    return [limited(name, `its configuration cannot be read: ${messageOf(error)}`)];
  }
  const found: Finding[] = [];
  const lock = config.main.values.get('lock');
  const held = lock === 'backup' ? heldMark(ctx.host, vmid) : undefined;
  if (held !== undefined) {
    const go = runningPid(ctx.host, vmid) === undefined ? 'start' : 'resume';
    found.push(
      limited(
        name,
        `${held.how} by its backup; if that was killed, the next one brings it back`,
        `qm unlock ${vmid} && qm ${go} ${vmid}`,
      ),
    );
  } else if (lock !== undefined && lock !== 'suspended')
    found.push(limited(name, `locked (${lock})`, lockHint('qemu', lock, vmid)));
  if (isHalfStarted(ctx.host, vmid) && runningPid(ctx.host, vmid) !== undefined)
    found.push(limited(name, 'is being started, or its start was interrupted', `qm start ${vmid}`));
  const stray = volumes.filter(
    ({ volid, vmid: owner }) =>
      owner === vmid && !/-cloudinit(\.\w+)?$/.test(volid) && !isVolumeUsed(config, volid),
  );
  if (stray.length > 0)
    found.push(
      limited(
        name,
        `volumes its configuration does not name: ${stray.map(({ volid }) => volid).join(', ')}`,
        `qm disk rescan --vmid ${vmid} keeps them as unused disks`,
      ),
    );
  return found;
}

function ofNobody(ctx: Context, volumes: readonly VolumeInfo[]): Finding[] {
  const stray = volumes.filter(
    ({ vmid }) => vmid !== undefined && findGuest(ctx.store, vmid) === undefined,
  );
  if (stray.length === 0) return [];
  const volids = stray.map(({ volid }) => volid);
  return [
    limited(
      'volumes',
      `of no guest there is: ${volids.join(', ')}`,
      `where nobody needs it any more: pvesm free ${volids[0]}`,
    ),
  ];
}
