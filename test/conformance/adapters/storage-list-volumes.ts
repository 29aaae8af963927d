import { execFileSync } from 'node:child_process';
import { dirPlugin } from '../../../src/storage/plugins/dir.js';
import type { ContentType } from '../../../src/storage/types.js';
import { onEmptyMachine, section } from './lib/storage.js';

interface Input {
  files: string[];
  parent: string[] | null;
  vmid: string | null;
  types?: ContentType[] | null;
}

interface Environment {
  storage: { id: string; [key: string]: unknown };
  types: ContentType[];
  vmlist: { ids: Record<string, { node: string; type: string }> };
  replaced: { size: number; used: number; ctime: number };
}

export default {
  suite: 'storage-list-volumes',

  async run(input: Input, environment: Environment) {
    const { id, ...scfg } = environment.storage;
    return await onEmptyMachine(async (ctx, root) => {
      for (const [vmid, { node, type }] of Object.entries(environment.vmlist.ids)) {
        const folder = type === 'lxc' ? 'lxc' : 'qemu-server';
        ctx.store.write(`nodes/${node}/${folder}/${vmid}.conf`, 'name: x\n');
      }
      let images = 0;
      for (const file of input.files) {
        ctx.host.files.mkdir(file.slice(0, file.lastIndexOf('/')));
        if (file.endsWith('/')) continue;
        const format = /\/images\/.*\.(raw|qcow2|vmdk)$/.exec(file)?.[1];
        if (format === undefined) {
          ctx.host.files.write(file, '');
          continue;
        }
        const parent = input.parent?.[images++];
        const backing = parent ? ['-u', '-b', parent, '-F', 'qcow2'] : [];
        execFileSync('qemu-img', [
          ...['create', '-q', '-f', format, ...backing, `${root}${file}`, '64K'],
        ]);
      }
      const list = await dirPlugin.list(ctx, section(id, scfg), {
        vmid: input.vmid === null ? undefined : Number(input.vmid),
        content: input.types ?? environment.types,
      });
      const { size, used, ctime } = environment.replaced;
      const now = Date.now() / 1000;
      const value = list.map((volume) => ({
        ...volume,
        size,
        ...(volume.used === undefined ? {} : { used }),
        // A time that a name tells stays; that of the file itself is constant.
        ...(Math.abs((volume.ctime ?? 0) - now) < 3600 ? { ctime } : {}),
      }));
      value.sort((a, b) => compare(a.volid.toLowerCase(), b.volid.toLowerCase()));
      return { value };
    });
  },

  compare(got: { value: Listed[] }, expect: { value: Listed[] }) {
    const lines = (list: Listed[]) =>
      list
        .map((volume) =>
          Object.keys(volume)
            .filter((key) => volume[key] !== null && volume[key] !== undefined)
            .sort()
            .map((key) => `${key}=${volume[key]}`)
            .join(' '),
        )
        // The order is that of the folder's listing; `pvesm list` sorts.
        .sort()
        .join('\n');
    return lines(got.value) === lines(expect.value)
      ? undefined
      : `expected ${lines(expect.value)}, got ${lines(got.value)}`;
  },
};

type Listed = Record<string, unknown>;

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
