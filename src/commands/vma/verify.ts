import { boolean, string } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Check an archive to its end.',
  description:
    'Checks every header, that all of them belong to this archive, and that every cluster of every disk is there once. What is wrong is named with its offset in the archive and its disk.',
  args: {
    filename: string({ completes: 'file', description: 'The archive; - is standard input.' }),
  },
  options: { v: boolean({ bare: true, description: 'Show what it holds and how far it is.' }) },
  effect: 'read',
  anyUser: true,
  examples: [
    {
      command: 'vma verify -v backup.vma.zst',
      does: 'Checks a packed archive, telling how far it is.',
    },
  ],
  async run(ctx, { filename, v = false }) {
    const [{ verifyArchive, verifyText }, { contentOf, contentText }] = await Promise.all([
      import('../../backup/tool/verify.js'),
      import('../../backup/tool/content.js'),
    ]);
    if (!v) {
      await verifyArchive(ctx.host, filename);
      return;
    }
    const start = ctx.host.clock.now();
    let last = -1;
    const result = await verifyArchive(ctx.host, filename, {
      onHeader: (header) => ctx.out.line(contentText(contentOf(header))),
      onProgress: (clusters, total) => {
        const percent = total === 0 ? 100 : Math.floor((clusters * 100) / total);
        if (percent === last) return;
        last = percent;
        const seconds = Math.floor((ctx.host.clock.now() - start) / 1000);
        ctx.out.line(
          `progress ${percent}% (read ${clusters * 65536} bytes, duration ${seconds} sec)`,
        );
      },
    });
    ctx.out.line(verifyText(result));
  },
});
