import { enumOf, storeid } from '../../schema/props.js';
import { findPlugin, unsupportedType } from '../../storage/core/registry.js';
import { addStorage, keyErrors } from '../../storage/section/edit.js';
import { STORAGE_TYPES } from '../../storage/section/keys.js';
import { allProperties } from '../../storage/section/properties.js';
import { defineCommand } from '../define.js';
import { namedSection, sectionValues } from './values.js';

const names = Object.keys(allProperties);

export default defineCommand({
  summary: 'Add a storage.',
  description:
    'The storage is activated once before it is written down, so that what is wrong shows at once; with create-base-path and create-subdirs its folders are made.',
  args: {
    type: enumOf(STORAGE_TYPES, { description: 'The type of the storage.' }),
    storage: storeid({ description: 'The id of the new storage.' }),
  },
  options: allProperties,
  effect: 'change',
  returns: namedSection,
  text: () => '',
  examples: [
    {
      command: 'pvesm add dir big --path /mnt/big --content images,backup',
      does: 'Makes a folder a storage for disks and backups.',
    },
    {
      command: 'pvesm add dir usb --path /mnt/usb --is_mountpoint yes --content backup',
      does: 'The same, used only while something is mounted there.',
    },
  ],
  // A type that cannot be driven is refused as such, not for its options.
  check: (input) =>
    findPlugin(input.type) === undefined ? {} : keyErrors(input.type, sectionValues(input, names)),
  async run(ctx, input) {
    const { type, storage } = input;
    if (findPlugin(type) === undefined) throw unsupportedType(type, storage);
    const values = sectionValues(input, names);
    if (values.has('mkdir'))
      ctx.out.info(
        `NOTE: 'mkdir' of storage '${storage}' is deprecated: use create-base-path or create-subdirs`,
      );
    await addStorage(ctx, storage, type, values, ctx.out.warn);
    return { storage, type };
  },
});
