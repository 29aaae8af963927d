import { splitList } from '../../schema/lists.js';
import { digest, list, storeid } from '../../schema/props.js';
import { changeStorage } from '../../storage/section/edit.js';
import { changeableProperties } from '../../storage/section/properties.js';
import { defineCommand } from '../define.js';
import { namedSection, sectionValues } from './values.js';

const names = Object.keys(changeableProperties);

export default defineCommand({
  summary: 'Change a storage.',
  args: { storage: storeid() },
  options: {
    ...changeableProperties,
    delete: list('pve-configid', {
      maxLength: 4096,
      description: 'Options to be set back to their defaults.',
    }),
    digest: digest(),
  },
  effect: 'change',
  returns: namedSection,
  text: () => '',
  examples: [
    { command: 'pvesm set local --content iso,backup', does: 'No more disks on local.' },
    { command: 'pvesm set big --disable', does: 'Takes a storage out of use.' },
    { command: 'pvesm set big --delete nodes', does: 'It is on all nodes again.' },
  ],
  async run(ctx, input) {
    const { storage } = input;
    const change = {
      set: sectionValues(input, names),
      delete: splitList(input.delete ?? ''),
      digest: input.digest,
    };
    return { storage, type: await changeStorage(ctx, storage, change, ctx.out.warn) };
  },
});
