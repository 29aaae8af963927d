/** What calls the scheduler once a minute: a systemd timer, or a line of cron. */
import { PaveError } from '../../errors.js';
import { toolPath } from '../../host/installation.js';
import type { Host } from '../../host/types.js';

const UNITS = '/etc/systemd/system';
const TIMER = 'pave-scheduler.timer';
const SERVICE = 'pave-scheduler.service';
const CRON_FILE = '/etc/cron.d/pave-scheduler';
/** systemd is what manages this machine. */
const SYSTEMD = '/run/systemd/system';
const WANTED = `${UNITS}/timers.target.wants/${TIMER}`;

export type SchedulerState = 'running' | 'stopped';

/** Do jobs run by themselves? */
export function schedulerState(host: Host): SchedulerState {
  const by = host.files.exists(SYSTEMD) ? WANTED : CRON_FILE;
  return host.files.lstat(by) === undefined ? 'stopped' : 'running';
}

/** From now on, and after each start of the machine. @throws PaveError where nothing can call it */
export async function startScheduler(host: Host): Promise<void> {
  const program = programLine();
  if (host.files.exists(SYSTEMD)) {
    host.files.write(`${UNITS}/${SERVICE}`, serviceUnit(program));
    host.files.write(`${UNITS}/${TIMER}`, TIMER_UNIT);
    await systemctl(host, 'daemon-reload');
    await systemctl(host, 'enable', '--now', TIMER);
    return;
  }
  if (!host.files.exists('/etc/cron.d'))
    throw new PaveError('nothing can call the scheduler: there is neither systemd nor cron', {
      hint: 'apt install cron, or call `pvescheduler run` once a minute yourself',
    });
  host.files.write(CRON_FILE, cronLine(program));
}

/** Where node is not on the usual PATH, which is all that cron and systemd know, it is named. */
function programLine(): string {
  const node = process.execPath;
  const usual = /^\/(usr\/(local\/)?)?s?bin\/[^/]+$/.test(node);
  return usual ? toolPath('pvescheduler') : `${node} ${toolPath('pvescheduler')}`;
}

/** A backup that runs is left to end. */
export async function stopScheduler(host: Host): Promise<void> {
  if (host.files.exists(SYSTEMD)) {
    if (host.files.exists(`${UNITS}/${TIMER}`)) await systemctl(host, 'disable', '--now', TIMER);
  }
  host.files.unlink(CRON_FILE);
}

async function systemctl(host: Host, ...words: string[]): Promise<void> {
  await host.run(['systemctl', ...words], { effect: 'change' });
}

/** Also in systemd/, for packages. */
export function serviceUnit(program: string): string {
  return `[Unit]
Description=Backup jobs that are due
Documentation=man:pvescheduler(1)
After=local-fs.target remote-fs.target

[Service]
Type=oneshot
ExecStart=${program} run
# The backup is told to end and cleans up; what it started is ended after it.
KillMode=mixed
TimeoutStopSec=5min
`;
}

export const TIMER_UNIT = `[Unit]
Description=Look for backup jobs that are due, once a minute
Documentation=man:pvescheduler(1)

[Timer]
OnCalendar=minutely
AccuracySec=1s

[Install]
WantedBy=timers.target
`;

export function cronLine(program: string): string {
  return `# Made by pvescheduler start; pvescheduler stop removes it.
SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
* * * * * root ${program} run
`;
}
