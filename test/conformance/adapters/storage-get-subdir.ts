import { subdir } from '../../../src/storage/files/layout.js';
import type { ContentType } from '../../../src/storage/types.js';
import { sectionValues } from './lib/storage.js';

interface Input {
  scfg: Record<string, unknown>;
  vtype: ContentType;
}

export default {
  suite: 'storage-get-subdir',

  run({ scfg, vtype }: Input) {
    try {
      return { value: subdir({ values: sectionValues(scfg) }, vtype) };
    } catch (error) {
      return { error: `${(error as Error).message}\n` };
    }
  },
};
