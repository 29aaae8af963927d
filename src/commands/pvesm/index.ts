import { defineTool } from '../define.js';

export default defineTool({
  name: 'pvesm',
  summary: 'Manage storages and their volumes.',
  description:
    'pvesm adds, changes and removes storages and lists, makes and removes the volumes on them. A volume is named storage:name, e.g. local:100/vm-100-disk-0.qcow2. The storages stand in /etc/pve/storage.cfg, in the format of Proxmox VE; the storage local, the folder /var/lib/vz, is there even without that file.',
  commands: {
    add: () => import('./add.js'),
    alloc: () => import('./alloc.js'),
    apiinfo: () => import('./apiinfo.js'),
    extractconfig: () => import('./extractconfig.js'),
    free: () => import('./free.js'),
    list: () => import('./list.js'),
    path: () => import('./path.js'),
    'prune-backups': () => import('./prune-backups.js'),
    remove: () => import('./remove.js'),
    set: () => import('./set.js'),
    status: () => import('./status.js'),
  },
  files: [
    { path: '/etc/pve/storage.cfg', holds: 'The storages of the cluster.' },
    { path: '/etc/pve/priv/storage', holds: 'Their passwords and keys.' },
    { path: '/var/lib/vz', holds: 'The volumes of the storage local.' },
    {
      path: '/var/lock/pve-manager/pve-storage-<storage>',
      holds: 'Lock held while volumes are made or removed.',
    },
  ],
});
