import { confirmNetwork } from '../../../network/apply.js';
import { defineCommand } from '../../define.js';

export default defineCommand({
  summary: 'Keep the network configuration that was applied.',
  args: {},
  options: {},
  effect: 'change',
  run: (ctx) => confirmNetwork(ctx.host),
});
