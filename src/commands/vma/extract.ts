import { PaveError } from '../../errors.js';
import { boolean, string } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Unpack an archive to a folder.',
  description:
    'Every disk becomes a sparse disk-DEVICE.raw, the configuration files keep their names, saved memory becomes vmstate.bin. A damaged archive is refused where the damage is; what was written until then stays as tmp-disk-DEVICE.raw.\n\nA map (-r) sends disks elsewhere, a line each, up to a line done: [format=FORMAT:][throttling.bps=N:][throttling.group=NAME:][cache=MODE:]0:DEVICE=PATH for a target that is blank, 1: for one on which zeroes must be written as well; skip=DEVICE leaves one out.',
  args: {
    filename: string({ completes: 'file', description: 'The archive; - is standard input.' }),
    targetdir: string({ completes: 'file', description: 'The folder; it must not exist yet.' }),
  },
  options: {
    r: string({ completes: 'file', description: 'A file or fifo with a map: where disks go.' }),
    d: string({ description: 'Only these disks, separated by commas.' }),
    v: boolean({ bare: true, extra: true, description: 'Show how far it is.' }),
  },
  effect: 'change',
  anyUser: true,
  examples: [
    { command: 'vma extract backup.vma out', does: 'Unpacks all of it to the new folder out.' },
    {
      command: 'zstd -dc backup.vma.zst | vma extract -d drive-scsi0 - out',
      does: 'Unpacks one disk of an archive that comes through a pipe.',
    },
  ],
  async run(ctx, { filename, targetdir, r, d, v = false }) {
    const [{ extractArchive }, { parseMap }] = await Promise.all([
      import('../../backup/tool/extract.js'),
      import('../../backup/tool/map.js'),
    ]);
    let last = -1;
    const result = await extractArchive(ctx.host, {
      archive: filename,
      folder: targetdir.replace(/(?<=.)\/+$/, ''),
      line: (text) => ctx.out.line(text),
      signal: ctx.signal,
      ...(d === undefined ? {} : { drives: d.split(',') }),
      ...(r === undefined
        ? {}
        : {
            map: () => {
              const text = ctx.host.files.read(r);
              if (text === undefined)
                throw new PaveError(`unable to open fifo ${r} - no such file`);
              return parseMap(text);
            },
          }),
      onProgress: ({ total, done }) => {
        const percent = total === 0 ? 100 : Math.floor((done * 100) / total);
        if (!v || percent === last) return;
        last = percent;
        ctx.out.line(`progress ${percent}% (read ${done} bytes)`);
      },
    });
    if (v) ctx.out.line(`total bytes ${result.total}, written ${result.written}`);
  },
});
