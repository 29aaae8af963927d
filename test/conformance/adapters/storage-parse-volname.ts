import { parseDirVolname } from '../../../src/storage/files/names.js';

export default {
  suite: 'storage-parse-volname',

  run({ volname }: { volname: string }) {
    try {
      const parsed = parseDirVolname(volname);
      const { vtype, name, vmid, basename, basevmid, isBase, format } = parsed;
      const list = [vtype, name, vmid, basename, basevmid, isBase ? 'base-' : null, format];
      while (list.length > 0 && (list.at(-1) ?? null) === null) list.pop();
      return { value: list };
    } catch (error) {
      return { error: `${(error as Error).message}\n` };
    }
  },
};
