import { restoreConfigText } from '../../../src/backup/restore/config-lines.js';

export default {
  suite: 'qemu-restore-config',

  run(input: { conf: string; map: Record<string, string>; unique: unknown }): unknown {
    const unique = Boolean(Number(input.unique ?? 0));
    const map = new Map(Object.entries(input.map));
    return { conf: restoreConfigText(input.conf, { map, unique }) };
  },
};
