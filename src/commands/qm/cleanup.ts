import { PaveError } from '../../errors.js';
import { findGuest } from '../../guest/find.js';
import { loadGuest, withGuestLockWhile } from '../../guest/load.js';
import { CLEANUP_FLAG, cleanupRun } from '../../qemu/runtime/cleanup.js';
import { REBOOT_REQUEST, takeRebootRequest } from '../../qemu/runtime/reboot.js';
import { runFile } from '../../qemu/runtime/state.js';
import { waitGone } from '../../qemu/runtime/stop.js';
import { boolean, vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Clean up after a virtual machine whose QEMU has ended; called by what watches it.',
  args: {
    vmid: vmid(),
    'clean-shutdown': boolean({ description: 'QEMU ended cleanly.' }),
    'guest-requested': boolean({ description: 'The guest or a QMP client asked for the end.' }),
  },
  options: {},
  effect: 'change',
  async run(ctx, { vmid }) {
    const ref = findGuest(ctx.store, vmid);
    // Destroyed in the meantime.
    if (ref === undefined || ref.node !== ctx.store.node) return;
    // Who stopped it does it himself; then nobody is held up by a second one.
    const needed = () =>
      [CLEANUP_FLAG, REBOOT_REQUEST].some((name) => ctx.host.files.exists(runFile(vmid, name)));
    await withGuestLockWhile(
      ctx,
      'qemu',
      vmid,
      needed,
      async () => {
        if (!(await waitGone(ctx, vmid, 30)))
          throw new PaveError('aborting cleanup, VM is still running after 30 seconds');
        const { config } = loadGuest(ctx, 'qemu', vmid);
        if (config.main.values.get('lock') === 'rollback')
          throw new PaveError("skipping cleanup - 'rollback' lock is present");
        await cleanupRun(ctx, vmid, config);
        // Who asked for a reboot starts it himself, if he is still there to find the file gone.
        if (takeRebootRequest(ctx.host, vmid)) ctx.host.files.write(runFile(vmid, 'restart'), '');
      },
      { timeoutS: 60 },
    );
  },
});
