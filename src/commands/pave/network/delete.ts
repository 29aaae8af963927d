import { defineCommand } from '../../define.js';
import { ifaceArg } from './options.js';
import { printCollected } from './show.js';

export default defineCommand({
  summary: 'Remove an interface from the network configuration.',
  description:
    'The change is collected in /etc/network/interfaces.new and shown; nothing happens to the network until pave network apply.',
  args: { iface: ifaceArg },
  options: {},
  effect: 'change',
  async run(ctx, { iface }) {
    const { deleteInterface } = await import('../../../network/change.js');
    await deleteInterface(ctx, iface);
    await printCollected(ctx);
  },
});
