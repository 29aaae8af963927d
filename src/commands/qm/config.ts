import { encodeText } from '../../config/text-encoding.js';
import type { ConfigSection } from '../../config/types.js';
import { PaveError } from '../../errors.js';
import { loadGuest } from '../../guest/load.js';
import { mergePending } from '../../guest/pending.js';
import { boolean, snapname, vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Show the configuration of a virtual machine, with pending changes applied.',
  args: { vmid: vmid() },
  options: {
    current: boolean({
      default: 0,
      description: 'Show the values in effect instead of pending ones.',
    }),
    snapshot: snapname({ description: 'Show the configuration of this snapshot.' }),
  },
  effect: 'read',
  returns: { type: 'object' },
  text: configText,
  examples: [{ command: 'qm config 100 --current', does: 'Shows what the running machine has.' }],
  check: ({ current, snapshot }): Record<string, string> =>
    current && snapshot !== undefined
      ? { snapshot: "cannot use 'snapshot' parameter with 'current'" }
      : {},
  async run(ctx, { vmid, current, snapshot }): Promise<Record<string, string>> {
    const { config } = loadGuest(ctx, 'qemu', vmid);
    // Text output leaves it out, and hashing is not free to load.
    const digest = async (): Promise<Record<string, string>> =>
      ctx.out.machine
        ? { digest: (await import('../../cluster/digest.js')).digestOf(config.text) }
        : {};
    if (snapshot !== undefined) {
      const section = config.snapshots.get(snapshot);
      if (section === undefined) throw new PaveError(`snapshot '${snapshot}' does not exist`);
      return { ...flat(section), ...(await digest()) };
    }
    const shown = flat(current ? config.main : mergePending(config));
    return { ...shown, ...(await digest()) };
  },
});

function flat(section: ConfigSection): Record<string, string> {
  const values = Object.fromEntries(section.values);
  if (section.description !== undefined) values.description = section.description;
  if (values.cipassword !== undefined) values.cipassword = '**********';
  return values;
}

function configText(config: Record<string, string>): string {
  return Object.keys(config)
    .filter((key) => key !== 'digest')
    .sort()
    .map((key) => `${key}: ${key === 'description' ? encodeText(config[key]!) : config[key]}`)
    .join('\n');
}
