import { sectionText } from '../../../src/config/section-text.js';
import { volidOfPath } from '../../../src/storage/index.js';
import { onEmptyMachine, sectionValues } from './lib/storage.js';

interface Input {
  path: string;
  kind: 'file' | 'directory';
}

interface Environment {
  storage_cfg: Record<string, Record<string, unknown>>;
}

export default {
  suite: 'storage-path-to-volume-id',

  async run({ path, kind }: Input, { storage_cfg }: Environment) {
    return await onEmptyMachine(async (ctx) => {
      // `local` has a fixed path: the same sections under another name.
      const text = Object.entries(storage_cfg)
        .map(([id, scfg]) => sectionText(String(scfg.type), `as-${id}`, sectionValues(scfg)))
        .join('');
      ctx.store.write('storage.cfg', text);
      if (kind === 'directory') ctx.host.files.mkdir(path);
      else {
        ctx.host.files.mkdir(path.slice(0, path.lastIndexOf('/')));
        ctx.host.files.write(path, '');
      }
      const found = await volidOfPath(ctx, path);
      return {
        value: found === undefined ? [''] : [found.vtype, found.volid.replace(/^as-/, '')],
      };
    });
  },
};
