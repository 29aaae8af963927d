import { defineTool } from '../define.js';

export default defineTool({
  name: 'qm',
  summary: 'Manage virtual machines.',
  description:
    'qm creates, changes, starts and stops virtual machines. A machine is one file, ' +
    '/etc/pve/qemu-server/<vmid>.conf, in the format of Proxmox VE; its disks are volumes of a storage.',
  commands: {
    config: () => import('./config.js'),
    create: () => import('./create.js'),
    destroy: () => import('./destroy.js'),
    list: () => import('./list.js'),
    pending: () => import('./pending.js'),
    reboot: () => import('./reboot.js'),
    reset: () => import('./reset.js'),
    resume: () => import('./resume.js'),
    sendkey: () => import('./sendkey.js'),
    set: () => import('./set.js'),
    shutdown: () => import('./shutdown.js'),
    start: () => import('./start.js'),
    stop: () => import('./stop.js'),
    suspend: () => import('./suspend.js'),
    'enroll-efi-keys': () => import('./enroll-efi-keys.js'),
    cleanup: () => import('./cleanup.js'),
    monitor: () => import('./monitor.js'),
    showcmd: () => import('./showcmd.js'),
    status: () => import('./status.js'),
    terminal: () => import('./terminal.js'),
    unlock: () => import('./unlock.js'),
    vncproxy: () => import('./vncproxy.js'),
    wait: () => import('./wait.js'),
    'cloudinit dump': () => import('./cloudinit/dump.js'),
    'cloudinit pending': () => import('./cloudinit/pending.js'),
    'cloudinit update': () => import('./cloudinit/update.js'),
    'disk rescan': () => import('./rescan.js'),
  },
  aliases: { rescan: 'disk rescan' },
  files: [
    { path: '/etc/pve/qemu-server/<vmid>.conf', holds: 'Configuration of a virtual machine.' },
    {
      path: '/etc/pve/mapping/{pci,usb,directory}.cfg',
      holds: 'Names for devices and folders of the nodes, which machines may use.',
    },
    { path: '/var/lock/qemu-server/lock-<vmid>.conf', holds: 'Lock held while it is changed.' },
    { path: '/run/qemu-server/<vmid>.*', holds: 'Process id and sockets of a running machine.' },
    { path: '/var/log/pve/tasks', holds: 'Logs of what was done.' },
  ],
});
