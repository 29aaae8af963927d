import { PaveError } from '../../errors.js';
import { checkLock, isOn, loadGuest, saveGuest, withGuestLock } from '../../guest/load.js';
import { parseDrive, printDrive } from '../../qemu/drive/index.js';
import { runningPid } from '../../qemu/runtime/state.js';
import { vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: "Enrol Microsoft's UEFI certificates of 2023 in a VM's EFI disk.",
  description:
    'For an EFI disk with pre-enrolled keys, while the VM is shut down. The certificates of 2011 expire in June 2026: ' +
    'without the new ones later updates of boot loaders are not accepted. Windows with BitLocker asks for its recovery ' +
    'key afterwards, unless its protectors are suspended before (manage-bde -protectors -disable C:).',
  args: { vmid: vmid({ completes: 'vm-stopped' }) },
  options: {},
  effect: 'change',
  examples: [{ command: 'qm enroll-efi-keys 100', does: 'Enrols them in efidisk0.' }],
  async run(ctx, { vmid }) {
    await withGuestLock(ctx, 'qemu', vmid, async () => {
      const guest = loadGuest(ctx, 'qemu', vmid);
      const { values } = guest.config.main;
      checkLock(guest.config, false, vmid);
      if (runningPid(ctx.host, vmid) !== undefined) throw new PaveError(`VM ${vmid} is running`);
      if (isOn(values.get('template'))) throw new PaveError(`VM ${vmid} is a template`);
      const text = values.get('efidisk0');
      if (text === undefined) throw new PaveError(`VM ${vmid} has no EFI disk configured`);
      const drive = parseDrive('efidisk0', text);
      const { enrolCertificates, lacksCertificates } = await import(
        '../../qemu/disks/certificates.js'
      );
      if (!lacksCertificates(drive)) {
        ctx.out.line('skipping - no pre-enrolled keys or already got ms-cert=2023k marker');
        return;
      }
      const { variablesSize } = await import('../../qemu/disks/state-volumes.js');
      await enrolCertificates(ctx, vmid, drive, await variablesSize(ctx, values, drive));
      values.set('efidisk0', printDrive(drive));
      saveGuest(ctx, guest, guest.config);
      ctx.out.line('successfully updated efidisk');
    });
  },
});
