import { string } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: "Show a guest's configuration as it stands in a backup.",
  args: {
    volume: string({ completes: 'volume', description: 'The backup: a volume id or a path.' }),
  },
  options: {},
  effect: 'read',
  returns: { type: 'string' },
  text: (config: string) => `${config}\n`,
  examples: [
    {
      command: 'pvesm extractconfig local:backup/vzdump-qemu-100-2024_01_31-02_00_00.vma.zst',
      does: 'Prints the config of VM 100 as it was then.',
    },
  ],
  async run(ctx, { volume }) {
    const { extractConfig } = await import('../../backup/extract-config.js');
    return await extractConfig(ctx, volume);
  },
});
