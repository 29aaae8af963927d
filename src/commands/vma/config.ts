import { PaveError } from '../../errors.js';
import { string } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Print a configuration file kept in an archive.',
  args: {
    filename: string({ completes: 'file', description: 'The archive; - is standard input.' }),
  },
  options: {
    c: string({ description: 'Which file; qemu-server.conf where left out.' }),
  },
  effect: 'read',
  anyUser: true,
  examples: [
    {
      command: 'vma config backup.vma -c qemu-server.fw',
      does: 'Prints the firewall rules that were saved.',
    },
  ],
  async run(ctx, { filename, c: name = 'qemu-server.conf' }) {
    const { readHeader } = await import('../../backup/tool/content.js');
    const { configs } = await readHeader(ctx.host, filename);
    const found = configs.find((config) => config.name === name);
    if (found === undefined)
      throw new PaveError(`unable to find configuration data '${name}'`, {
        hint:
          configs.length === 0
            ? 'the archive holds no configuration files'
            : `it holds: ${configs.map((config) => config.name).join(', ')}`,
      });
    await ctx.host.bulk.write(1, found.data);
  },
});
