import { defineTool } from '../define.js';

export default defineTool({
  name: 'pave',
  summary: 'What Proxmox VE has no command for: trying out, looking into and starting all.',
  commands: {
    quickstart: () => import('./quickstart.js'),
    doctor: () => import('./doctor.js'),
    'guests start': () => import('./guests-start.js'),
    'guests stop': () => import('./guests-stop.js'),
    completion: () => import('./completion.js'),
  },
  files: [
    { path: '/run/pave/platform.json', holds: 'What the machine can do, found out once a boot.' },
    { path: '/var/lib/pave/quickstart.json', holds: 'What the quickstart made, for --clean.' },
  ],
});
