import { defineTool } from '../define.js';

export default defineTool({
  name: 'pvenode',
  summary: 'Manage this node.',
  description:
    'Looks into the tasks of this node: each long change that a Pavé or Proxmox VE command makes leaves a log and an entry in the lists of tasks.',
  commands: {
    'task list': () => import('./task/list.js'),
    'task log': () => import('./task/log.js'),
    'task status': () => import('./task/status.js'),
  },
  files: [
    { path: '/var/log/pve/tasks/<digit>/<UPID>', holds: 'The log of a task.' },
    { path: '/var/log/pve/tasks/active', holds: 'Running and recently ended tasks.' },
    { path: '/var/log/pve/tasks/index', holds: 'Ended tasks; older ones in index.1.' },
  ],
});
