import { encodeText } from '../../config/text-encoding.js';
import type { ConfigSection } from '../../config/types.js';
import { PaveError } from '../../errors.js';
import { loadGuest } from '../../guest/load.js';
import { HIDDEN, mergePending } from '../../guest/pending.js';
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
  async run(ctx, { vmid, current, snapshot }): Promise<ShownConfig> {
    const { config } = loadGuest(ctx, 'qemu', vmid);
    // Text output leaves it out, and hashing is not free to load.
    const digest = async (): Promise<Record<string, string>> =>
      ctx.out.machine
        ? { digest: (await import('../../cluster/digest.js')).digestOf(config.text) }
        : {};
    if (snapshot !== undefined) {
      const section = config.snapshots.get(snapshot);
      if (section === undefined) throw new PaveError(`snapshot '${snapshot}' does not exist`);
      return { ...(await flat(section, ctx.out.machine)), ...(await digest()) };
    }
    const section = current ? config.main : mergePending(config);
    return { ...(await flat(section, ctx.out.machine)), ...(await digest()) };
  },
});

type ShownConfig = Record<string, string | number>;

async function flat(section: ConfigSection, typed: boolean): Promise<ShownConfig> {
  const values: ShownConfig = Object.fromEntries(section.values);
  // Text looks the same unless a boolean is written as a word; then only the types are loaded.
  if (typed || [...section.values.values()].some((value) => BOOLEAN_WORD.test(value))) {
    const { typedValue } = await import('../../qemu/config/typed.js');
    for (const [key, value] of section.values) values[key] = typedValue(key, value);
  }
  if (section.description !== undefined) values.description = section.description;
  if (values.cipassword !== undefined) values.cipassword = HIDDEN;
  return values;
}

const BOOLEAN_WORD = /^(?:on|off|yes|no|true|false)$/i;

function configText(config: ShownConfig): string {
  return Object.entries(config)
    .filter(([key]) => key !== 'digest')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${key === 'description' ? encodeText(String(value)) : value}`)
    .join('\n');
}
