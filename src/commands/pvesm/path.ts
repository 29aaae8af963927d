import { volid } from '../../schema/props.js';
import { volumePath } from '../../storage/index.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Show the path of a volume.',
  description: 'The path where it lies or would lie; nobody looks whether it is there.',
  args: { volume: volid() },
  options: {},
  effect: 'read',
  returns: { type: 'string' },
  text: (path: string) => path,
  examples: [
    {
      command: 'pvesm path local:iso/debian.iso',
      does: 'Prints /var/lib/vz/template/iso/debian.iso.',
    },
  ],
  run: (ctx, { volume }) => volumePath(ctx, volume),
});
