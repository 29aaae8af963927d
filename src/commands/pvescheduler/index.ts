import { defineTool } from '../define.js';

export default defineTool({
  name: 'pvescheduler',
  summary: 'Run backup jobs when their time has come.',
  description:
    'There is no daemon: a systemd timer, or cron where there is no systemd, calls pvescheduler run once a minute. That runs the jobs of /etc/pve/jobs.cfg and /etc/pve/vzdump.cron that are due on this node, one after the other, and says nothing unless one fails. start and stop switch the timer on and off.',
  commands: {
    run: () => import('./run.js'),
    start: () => import('./start.js'),
    stop: () => import('./stop.js'),
    restart: () => import('./restart.js'),
    status: () => import('./status.js'),
  },
  extra: ['run'],
  files: [
    { path: '/etc/pve/jobs.cfg', holds: 'The jobs of the cluster.' },
    { path: '/etc/pve/vzdump.cron', holds: 'Jobs of Proxmox VE 6 and earlier.' },
    { path: '/var/lib/pve-manager/jobs', holds: 'What this node knows of each job.' },
    { path: '/etc/systemd/system/pave-scheduler.timer', holds: 'Made by pvescheduler start.' },
    { path: '/etc/cron.d/pave-scheduler', holds: 'The same, where there is no systemd.' },
  ],
});
