import { parseVzdumpConf } from '../../../src/backup/vzdump/conf.js';
import {
  type GivenOptions,
  mergeSettings,
  readOptions,
  storageRetention,
  withRetention,
} from '../../../src/backup/vzdump/settings.js';
import { parseStorages } from '../../../src/config/storage-cfg.js';

interface Input {
  cli: GivenOptions;
  options: string[];
  storage: Record<string, string>;
  vzdump_conf: Record<string, string>;
}

/** The original knows no booleans. */
const plain = (value: unknown): unknown => {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
};

export default {
  suite: 'manager-vzdump-options',

  run(input: Input, { storage_cfg }: { storage_cfg: string }) {
    const lines = Object.entries(input.storage).map(([key, value]) => `\t${key} ${value}\n`);
    const storage = parseStorages(storage_cfg + lines.join('')).get('local')!;
    const conf = parseVzdumpConf(
      Object.entries(input.vzdump_conf)
        .map(([key, value]) => `${key}: ${value}\n`)
        .join(''),
      () => {},
    );
    try {
      const called = readOptions({ ...input.cli, storage: 'local' });
      const merged = mergeSettings(called, conf);
      const settings: Record<string, unknown> = {
        ...withRetention(merged, storageRetention(storage.values), conf),
      };
      return {
        value: Object.fromEntries(input.options.map((key) => [key, plain(settings[key])])),
      };
    } catch (error) {
      return { error: `${(error as Error).message}\n` };
    }
  },
};
