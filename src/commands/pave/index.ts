import { defineTool } from '../define.js';

export default defineTool({
  name: 'pave',
  summary: 'What Proxmox VE has no command for: trying out, looking into and starting all.',
  commands: {
    quickstart: () => import('./quickstart.js'),
    console: () => import('./console.js'),
    doctor: () => import('./doctor.js'),
    'guests start': () => import('./guests-start.js'),
    'guests stop': () => import('./guests-stop.js'),
    'network list': () => import('./network/list.js'),
    'network create': () => import('./network/create.js'),
    'network set': () => import('./network/set.js'),
    'network delete': () => import('./network/delete.js'),
    'network pending': () => import('./network/pending.js'),
    'network apply': () => import('./network/apply.js'),
    'network confirm': () => import('./network/confirm.js'),
    'network revert': () => import('./network/revert.js'),
    'network nat': () => import('./network/nat.js'),
    'backup verify': () => import('./backup/verify.js'),
    'backup files': () => import('./backup/files.js'),
    'jobs list': () => import('./jobs/list.js'),
    'jobs add': () => import('./jobs/add.js'),
    'jobs set': () => import('./jobs/set.js'),
    'jobs remove': () => import('./jobs/remove.js'),
    'jobs run': () => import('./jobs/run.js'),
    completion: () => import('./completion.js'),
  },
  files: [
    { path: '/etc/network/interfaces', holds: 'The network configuration of the node.' },
    {
      path: '/etc/network/interfaces.new',
      holds: 'The same with changes that are collected and not in force yet.',
    },
    { path: '/run/pave/platform.json', holds: 'What the machine can do, found out once a boot.' },
    { path: '/var/lib/pave/quickstart.json', holds: 'What the quickstart made, for --clean.' },
  ],
});
