import { convertCommand, resolveEnds } from '../../../src/qemu/img/convert.js';
import { section } from './lib/storage.js';

interface Input {
  source: string;
  target: string;
  size: number;
  options: Record<string, string | number>;
}

interface Environment {
  /** Paths, each with or without a remark in brackets. */
  files: string[];
  iscsi_initiator_name: string;
  storage_config: { ids: Record<string, Record<string, unknown>> };
  zfs_over_iscsi: { lun: number };
}

export default {
  suite: 'qemu-img-convert',

  run({ source, target, options }: Input, environment: Environment) {
    const storages = new Map(
      Object.entries(environment.storage_config.ids).map(([id, scfg]) => [id, section(id, scfg)]),
    );
    const files = environment.files.map((file) => file.replace(/ \(.*\)$/, ''));
    const text = (key: string) => (options[key] === undefined ? undefined : String(options[key]));
    try {
      const ends = resolveEnds(
        { source, target, snapshot: text('snapname'), sourceFormat: text('source-path-format') },
        {
          storages,
          exists: (path) => files.includes(path) || path.includes('/dev/'),
          facts: () => ({ lun: () => environment.zfs_over_iscsi.lun }),
        },
      );
      const argv = convertCommand({
        ...ends,
        bwlimit: options.bwlimit === undefined ? undefined : Number(options.bwlimit),
        zeroInitialized: Number(options['is-zero-initialized'] ?? 0) === 1,
        flavour: 'pve',
        initiatorName: environment.iscsi_initiator_name,
      });
      return { argv };
    } catch (error) {
      return { error: `${(error as Error).message}\n` };
    }
  },
};
