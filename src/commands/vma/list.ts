import { string } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'List what an archive holds.',
  args: {
    filename: string({ completes: 'file', description: 'The archive; - is standard input.' }),
  },
  options: {},
  effect: 'read',
  anyUser: true,
  returns: {
    type: 'object',
    properties: {
      uuid: { type: 'string' },
      ctime: { type: 'integer', renderer: 'timestamp' },
      configs: { type: 'array', items: { type: 'object' } },
      devices: { type: 'array', items: { type: 'object' } },
      vmstate: { type: 'object', optional: true },
    },
  },
  text: (content: { text: string }) => content.text,
  examples: [
    {
      command: 'vma list vzdump-qemu-100-2024_01_31-02_00_00.vma',
      does: 'Shows config files, disks and the time of the backup.',
    },
  ],
  async run(ctx, { filename }) {
    const { contentOf, contentText, readHeader } = await import('../../backup/tool/content.js');
    const content = contentOf(await readHeader(ctx.host, filename));
    return Object.defineProperty({ ...content, text: '' }, 'text', {
      value: contentText(content),
      enumerable: false,
    });
  },
});
