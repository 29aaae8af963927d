import { volumeFile } from '../../../src/storage/files/layout.js';
import { sectionValues } from './lib/storage.js';

interface Input {
  volname: string;
  snapname: string | null;
}

export default {
  suite: 'storage-filesystem-path',

  run({ volname, snapname }: Input, { scfg }: { scfg: Record<string, unknown> }) {
    try {
      const values = sectionValues(scfg);
      const { path, vmid, vtype } = volumeFile({ values }, volname, snapname ?? undefined);
      return { value: [path, vmid, vtype] };
    } catch (error) {
      return { error: `${(error as Error).message}\n` };
    }
  },
};
