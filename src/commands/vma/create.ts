import type { ImageDisk } from '../../backup/tool/create.js';
import { PaveError } from '../../errors.js';
import { array, boolean, string } from '../../schema/props.js';
import { defineCommand } from '../define.js';

const text = { type: 'string' } as const;

export default defineCommand({
  summary: 'Make an archive of disk images and configuration files.',
  description:
    'The archive must not exist yet; when something fails, none is left. Holes and zeroes of the images are not read.',
  args: {
    filename: string({ completes: 'file', description: 'The new archive.' }),
    pathname: array(text, {
      optional: true,
      completes: 'file',
      description:
        'Images, as [DEVICE=]PATH, whose format is found out; deprecated, use -d where it is known.',
    }),
  },
  options: {
    c: array(text, { description: 'A configuration file to keep; may be given several times.' }),
    d: array(text, {
      typetext: 'format=<format>:<device name>=<path>',
      description:
        'An image, e.g. format=qcow2:drive-scsi0=disk.qcow2; may be given several times.',
    }),
    v: boolean({ bare: true, description: 'Show how far it is.' }),
  },
  effect: 'change',
  anyUser: true,
  examples: [
    {
      command: 'vma create backup.vma -c qemu-server.conf -d format=raw:drive-scsi0=disk.raw -v',
      does: 'Archives a raw image with the config of its machine.',
    },
  ],
  async run(ctx, { filename, pathname = [], c = [], d = [], v = false }) {
    const [{ createArchive }, { messageOf }] = await Promise.all([
      import('../../backup/tool/create.js'),
      import('../../errors.js'),
    ]);
    if (pathname.length > 0 && d.length > 0)
      throw new PaveError("Unexpected extra argument - specify all devices via '-d'");
    const disks = [...d.map(withFormat), ...pathname.map((word, index) => named(word, index))];
    for (const { device, path, format } of disks) {
      if (format === undefined)
        ctx.out.warn(
          `Specifying a device without a format is deprecated - use '-d format=<format>:${device}=${path}'`,
        );
    }
    const configs = c.map((path) => {
      const data = ctx.host.files.readBytes(path);
      if (data === undefined) throw new PaveError(`Unable to read file: '${path}' does not exist`);
      return { name: path, data };
    });
    let last = -1;
    try {
      const result = await createArchive(ctx.host, {
        archive: filename,
        configs,
        disks,
        signal: ctx.signal,
        onProgress: ({ total, done, zero }) => {
          const percent = total === 0 ? 100 : Math.floor((done * 100) / total);
          if (!v || percent === last) return;
          last = percent;
          ctx.out.line(`progress ${percent}% ${done}/${total} ${zero}`);
        },
      });
      if (v && result.total > 0)
        ctx.out.line(
          `images: size=${result.total} zeros=${result.zero} saved=${result.total - result.zero}`,
        );
    } catch (error) {
      throw new PaveError(`creating vma archive failed: ${messageOf(error)}`, { cause: error });
    }
  },
});

function withFormat(word: string, index: number): ImageDisk {
  const match = /^format=([^:]*):(.*)$/s.exec(word);
  if (match === null) throw new PaveError(`No format specified for device: '${word}'`);
  return { ...named(match[2]!, index), format: match[1]! };
}

function named(word: string, index: number): ImageDisk {
  const equals = word.indexOf('=');
  if (equals < 0) return { device: `disk${index}`, path: word };
  return { device: word.slice(0, equals), path: word.slice(equals + 1) };
}
