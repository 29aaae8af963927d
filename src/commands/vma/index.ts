import { defineTool } from '../define.js';

export default defineTool({
  name: 'vma',
  summary: 'Make, read and check VMA archives, the backups of virtual machines.',
  description:
    'A VMA archive holds the disks of a virtual machine, its configuration files and, if it was saved, its memory. Archives are those of Proxmox VE, in both directions. Reading commands also take archives packed with zstd, lzop or gzip, and - for standard input. qmrestore makes a virtual machine of an archive.',
  commands: {
    list: () => import('./list.js'),
    config: () => import('./config.js'),
    create: () => import('./create.js'),
    extract: () => import('./extract.js'),
    verify: () => import('./verify.js'),
  },
  files: [
    {
      path: '/run/pave/nbd-<pid>-<n>.sock',
      holds: 'Socket of the qemu-nbd that opens an image, while a command works on it.',
    },
  ],
});
