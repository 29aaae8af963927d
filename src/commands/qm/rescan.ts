import { messageOf } from '../../errors.js';
import { listGuests } from '../../guest/find.js';
import { rescanVm, scanVolumes } from '../../qemu/config/rescan.js';
import { boolean, vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary:
    'Look through the storages: refresh disk sizes and record volumes nothing uses as unusedN.',
  args: {},
  options: {
    dryrun: boolean({ default: 0, description: 'Only say what would change.' }),
    vmid: vmid({ description: 'Only this virtual machine.' }),
  },
  effect: 'change',
  async run(ctx, { dryrun, vmid }) {
    if (dryrun) ctx.out.line("NOTE: running in dry-run mode, won't write changes out!");
    ctx.out.line('rescan volumes...');
    const volumes = await scanVolumes(ctx, vmid);
    const guests = listGuests(ctx.store, { kind: 'qemu', node: ctx.store.node }).map(
      (guest) => guest.vmid,
    );
    for (const id of vmid === undefined ? guests : [vmid]) {
      try {
        await rescanVm(ctx, id, volumes, dryrun === true);
      } catch (error) {
        // One locked guest does not keep the others from being looked at.
        if (vmid !== undefined) throw error;
        ctx.out.warn(`VM ${id}: ${messageOf(error)}`);
      }
    }
  },
});
