import { defineTool } from '../define.js';

export default defineTool({
  name: 'vzdump',
  summary: 'Back up virtual machines.',
  description:
    'vzdump writes the config and the disks of guests to archives, vzdump-qemu-<vmid>-<date>.vma with .zst, .gz or .lzo behind it, which qmrestore and Proxmox VE read. A running guest runs on meanwhile: its archive holds all of its disks as they were at one moment. Defaults of all options stand in /etc/vzdump.conf; jobs that run by themselves are made with pave jobs.',
  commands: { '': () => import('./vzdump.js') },
  files: [
    { path: '/etc/vzdump.conf', holds: 'Defaults of the options, one key: value a line.' },
    { path: '/var/log/vzdump', holds: 'Log of the last backup of each guest.' },
    { path: '/var/run/vzdump.lock', holds: 'Lock held while a backup runs on this node.' },
    { path: '/etc/pve/notifications.cfg', holds: 'Who is notified, where no --mailto is given.' },
  ],
});
