/** Memory of a VM. */
import { boolean, enumOf, integer, propertyString } from '../../schema/props.js';
import type { PropertyFormat } from '../../schema/types.js';

export const memoryFormat = {
  current: {
    type: 'integer',
    default_key: true,
    default: 512,
    minimum: 16,
    description: 'Memory in MiB; with a balloon device the most it may have.',
  },
} satisfies PropertyFormat;

export const memoryOptions = {
  memory: propertyString(memoryFormat, { description: 'Memory of the guest.' }),
  balloon: integer({
    minimum: 0,
    description:
      'What a balloon leaves of the memory, in MiB, from the start on; 0 leaves the balloon device out.',
  }),
  shares: integer({
    default: 1000,
    minimum: 0,
    maximum: 50000,
    description: 'Weight for automatic ballooning, kept for hosts that have it.',
  }),
  hugepages: enumOf(['any', '2', '1024'], {
    description: "Back the guest's memory with huge pages of that many MiB.",
  }),
  keephugepages: boolean({
    default: 0,
    description: 'Keep the huge pages after the guest stopped.',
  }),
  'allow-ksm': boolean({
    default: 1,
    description: 'Let the kernel merge equal memory pages of this guest with those of others.',
  }),
};
