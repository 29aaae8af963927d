import { PaveError } from '../../errors.js';
import { loadGuest } from '../../guest/load.js';
import { probePlatform } from '../../host/platform.js';
import { gatherCommandInput } from '../../qemu/command/gather.js';
import { buildCommand, refuseUnsupported } from '../../qemu/command/index.js';
import { showCommand } from '../../qemu/command/show.js';
import { boolean, snapname, vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Show the QEMU command line of a virtual machine.',
  args: { vmid: vmid() },
  options: {
    pretty: boolean({ default: 0, description: 'An option a line.' }),
    snapshot: snapname({ description: 'Of that snapshot.' }),
  },
  effect: 'read',
  returns: { type: 'string' },
  text: (command: string) => command,
  async run(ctx, input) {
    const { config, vmid } = loadGuest(ctx, 'qemu', input.vmid);
    const section =
      input.snapshot === undefined ? config.main : config.snapshots.get(input.snapshot);
    if (section === undefined) throw new PaveError(`snapshot '${input.snapshot}' does not exist`);
    const platform = await probePlatform(ctx.host, { kvm: section.values.get('kvm') !== '0' });
    refuseUnsupported(vmid, section.values, platform);
    const { argv, warnings } = buildCommand(
      await gatherCommandInput(ctx, vmid, section.values, platform),
    );
    for (const warning of warnings) ctx.out.warn(warning);
    return showCommand(argv, { pretty: input.pretty === true });
  },
});
