import { ParamError } from '../../errors.js';
import { enumOf, matching, storeid, string, vmid } from '../../schema/props.js';
import { allocVolume } from '../../storage/index.js';
import type { ImageFormat } from '../../storage/types.js';
import { defineCommand } from '../define.js';

const KIB: Record<string, number> = { '': 1, M: 1024, G: 1024 ** 2 };

export default defineCommand({
  summary: 'Make a new disk image.',
  args: {
    storage: storeid({ completes: 'storage-enabled' }),
    vmid: vmid({ description: 'The guest it is for.' }),
    filename: string({ description: "Its name; '' takes the next free one." }),
    size: matching('\\d+[MG]?', {
      description: 'Size in KiB, or with M or G in MiB or GiB.',
    }),
  },
  options: {
    format: enumOf(['raw', 'qcow2', 'subvol', 'vmdk'], {
      requires: 'size',
      description: 'Image format, where the name does not tell it.',
    }),
  },
  fixed: { node: '<localnode>' },
  effect: 'change',
  returns: { type: 'string' },
  text: (volid: string) => `successfully created '${volid}'`,
  examples: [
    { command: "pvesm alloc local 100 '' 4G --format qcow2", does: 'A 4 GiB image for guest 100.' },
    {
      command: 'pvesm alloc local 100 vm-100-data.raw 512M',
      does: 'The same with a name of its own.',
    },
  ],
  check({ filename, format }): Record<string, string> {
    const named = formatOf(filename);
    return named !== undefined && format !== undefined && named !== format
      ? { format: `different storage formats (${format} != ${named})` }
      : {};
  },
  async run(ctx, { storage, vmid, filename, size, format }) {
    const match = /^(\d+)([MG]?)$/.exec(size)!;
    const bytes = Number(match[1]) * KIB[match[2]!]! * 1024;
    if (!Number.isSafeInteger(bytes)) throw new ParamError({ size: `'${size}' is too large` });
    const volid = await allocVolume(ctx, storage, {
      vmid,
      format: (formatOf(filename) ?? format) as ImageFormat | undefined,
      name: filename === '' ? undefined : filename,
      size: bytes,
    });
    return ctx.host.dryRun ? undefined : volid;
  },
});

function formatOf(filename: string): string | undefined {
  return /\.(raw|qcow2|vmdk)$/.exec(filename)?.[1];
}
