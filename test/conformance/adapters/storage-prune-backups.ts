import { type KeepOptions, keepOptions, markBackups } from '../../../src/storage/core/prune.js';
import type { VolumeInfo } from '../../../src/storage/types.js';
import { section } from './lib/storage.js';

interface Input {
  backups: (Omit<VolumeInfo, 'protected'> & { protected?: number })[];
  keep: KeepOptions | null;
  scfg: Record<string, unknown> | null;
  vmid: string | number | null;
  type: string | null;
}

export default {
  suite: 'storage-prune-backups',

  run(input: Input, { storeid }: { storeid: string }) {
    try {
      const storage = section(storeid, { type: 'dir', content: 'backup', ...input.scfg });
      const keep = keepOptions(storage, input.keep ?? undefined);
      const backups = input.backups.map((backup) => ({
        ...backup,
        protected: backup.protected === 1,
      }));
      const entries = markBackups(backups, keep, {
        vmid: input.vmid === null ? undefined : Number(input.vmid),
        type: input.type ?? undefined,
      });
      return { value: entries.sort((a, b) => (a.volid < b.volid ? -1 : 1)) };
    } catch (error) {
      return { error: `${(error as Error).message}\n` };
    }
  },
};
