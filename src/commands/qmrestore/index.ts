import { defineTool } from '../define.js';

export default defineTool({
  name: 'qmrestore',
  summary: 'Make a virtual machine of a backup.',
  commands: { '': () => import('./restore.js') },
  files: [
    { path: '/etc/pve/qemu-server/<vmid>.conf', holds: 'The config of the virtual machine.' },
    {
      path: '/run/pave/nbd-<pid>-<n>.sock',
      holds: 'Socket of the qemu-nbd that opens a disk which is no plain file, while it is filled.',
    },
  ],
});
