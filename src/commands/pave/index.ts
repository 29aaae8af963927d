import { defineTool } from '../define.js';

export default defineTool({
  name: 'pave',
  summary: 'What Proxmox VE has no command for: setting up, looking into and trying out Pavé.',
  commands: {
    doctor: () => import('./doctor.js'),
    completion: () => import('./completion.js'),
  },
  files: [
    { path: '/run/pave/platform.json', holds: 'What the machine can do, found out once a boot.' },
  ],
});
