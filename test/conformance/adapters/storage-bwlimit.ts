import { parseStorages } from '../../../src/config/storage-cfg.js';
import { bandwidthLimit } from '../../../src/storage/index.js';

interface Input {
  user: string;
  operation: string;
  storages: (string | null)[] | null;
  override: number | null;
}

interface Environment {
  datacenter_cfg: string;
  storage_cfg: string;
  /** User -> path -> privileges. */
  permissions: Record<string, Record<string, string[]>>;
}

export default {
  suite: 'storage-bwlimit',

  run(input: Input, environment: Environment) {
    const granted = environment.permissions[input.user] ?? {};
    /** Privileges of a path are those of the nearest one above it that names any. */
    const privileges = (path: string): string[] => {
      for (let at = path; ; at = at.slice(0, at.lastIndexOf('/')) || '/') {
        const here = granted[at];
        if (here !== undefined || at === '/') return here ?? [];
      }
    };
    return bandwidthLimit({
      operation: input.operation,
      storeids: input.storages?.map((id) => id ?? undefined),
      override: input.override ?? undefined,
      datacenter: /^bwlimit: *(.*)$/m.exec(environment.datacenter_cfg)?.[1],
      storages: parseStorages(environment.storage_cfg),
      mayOverride: (path, privilege) =>
        input.user === 'root@pam' || privileges(path).includes(privilege),
    });
  },
};
