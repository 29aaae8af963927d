/**
 * Starting QEMU so that its end is noticed, without a daemon of ours. QEMU inherits a lock on
 * `<vmid>.alive`, which goes away with it whatever kills it. Who waits for that lock then calls
 * `qm cleanup`: a systemd unit's stop hook, or the very shell that started QEMU. The shell itself
 * holds a lock on `<vmid>.watch` until it has nothing left to do.
 */
import { PaveError } from '../../errors.js';
import { CommandError } from '../../host/command-errors.js';
import { toolPath } from '../../host/installation.js';
import type { Platform } from '../../host/platform-types.js';
import type { Host } from '../../host/types.js';
import { type CpuLimits, joinGroup, unitName, unitProperties } from './cpu-limits.js';
import { qemuWarnings } from './qemu-warnings.js';
import { RUN_DIR, runFile } from './state.js';

/** Run file whose lock the shell that watches a run holds. */
export const WATCH_LOCK = 'watch';

/**
 * Starts QEMU ($@), reports its exit status on stdout, waits for its end and cleans up. The same
 * shell does all of it, so that no moment is left in which QEMU runs unwatched, even if who called
 * us is killed.
 */
const WATCH = `
alive=$1 watch=$2 qm=$3 vmid=$4 restart=$5; shift 5
umask 077
exec 8>>"$watch" 9>>"$alive" || { echo 74; exit; }
umask 022
flock -w 10 -x 8 && flock -w 10 -x 9 || { echo 75; exit; }
"$@" 8>&-
status=$?
exec 9>&-
echo "$status"
exec >/dev/null 2>&1 </dev/null
[ "$status" = 0 ] || exit 0
flock -x "$alive" "$qm" cleanup "$vmid" 0 0 8>&-
[ -e "$restart" ] && rm -f "$restart" && exec "$qm" start "$vmid" 8>&-
exit 0
`;

export interface LaunchOptions {
  vmid: number;
  argv: readonly string[];
  platform: Platform;
  /** CPU time it gets. */
  limits: CpuLimits;
  timeoutMs: number;
}

/**
 * Starts a VM's QEMU and gives, when it has daemonised, what it warned of.
 * @throws PaveError with QEMU's own words when it does not start
 */
export async function launch(host: Host, options: LaunchOptions): Promise<string[]> {
  const { vmid, argv } = options;
  host.files.mkdir(RUN_DIR);
  const errors = runFile(vmid, 'stderr');
  host.files.unlink(errors);
  host.files.unlink(runFile(vmid, 'restart'));
  const status = options.platform.systemd
    ? await launchUnit(host, options, errors)
    : await launchWatched(
        host,
        vmid,
        [...joinGroup(host, vmid, options.platform), ...argv],
        errors,
        options.timeoutMs,
      );
  if (host.dryRun) return [];
  const said = (host.files.read(errors) ?? '').trim();
  if (status !== 0) {
    if (/: unsupported machine type$/m.test(said)) throw unknownMachine(argv);
    const lacking = [...said.matchAll(/host doesn't support requested feature: \S+\.(\S+) \[/g)];
    if (lacking.length > 0 && /doesn't support requested features/.test(said))
      throw unfitCpu(vmid, argv, new Set(lacking.map(([, flag]) => flag!)));
    if (/tpm-emulator: TPM result for CMD_INIT:/.test(said)) throw unfitTpmState(vmid, said);
    throw new PaveError(
      `start failed: QEMU exited with code ${status}${said === '' ? '' : `\n${said}`}`,
      said === ''
        ? { hint: `it said nothing; is there room left in ${host.path(RUN_DIR)} (df)?` }
        : {},
    );
  }
  return qemuWarnings(said);
}

/** Source of the words: QEMU's tpm_emulator.c. */
function unfitTpmState(vmid: number, said: string): PaveError {
  return new PaveError(
    `tpmstate0: the TPM does not take the state on its volume: it is damaged, or of another TPM version than the config asks for (${said.split('\n').at(-1)})`,
    {
      hint: `set the version it was made with, or give the VM a new TPM: qm set ${vmid} --delete tpmstate0`,
    },
  );
}

/** Source of the words: QEMU's target/i386/cpu.c; `enforce` makes them fatal. */
function unfitCpu(vmid: number, argv: readonly string[], flags: ReadonlySet<string>): PaveError {
  const model = (argv[argv.indexOf('-cpu') + 1] ?? '').split(',')[0];
  return new PaveError(
    `start failed: cpu: this host's processor has not all that '${model}' needs: ${[...flags].join(', ')}`,
    { hint: `give the VM what the host has: qm set ${vmid} --cpu host` },
  );
}

function unknownMachine(argv: readonly string[]): PaveError {
  const type = /(?:^|,)type=([^,]+)/.exec(argv[argv.lastIndexOf('-machine') + 1] ?? '')?.[1];
  const emulator = argv.find((word) => word.includes('qemu-system')) ?? 'qemu-system-x86_64';
  return new PaveError(`machine: this host's QEMU does not know '${type}'`, {
    hint: `those it knows: ${emulator} -machine help`,
  });
}

async function launchWatched(
  host: Host,
  vmid: number,
  argv: readonly string[],
  errors: string,
  timeoutMs: number,
): Promise<number> {
  const child = await host.spawn(
    [
      '/bin/sh',
      '-c',
      WATCH,
      `pave-vm-${vmid}`,
      host.path(runFile(vmid, 'alive')),
      host.path(runFile(vmid, WATCH_LOCK)),
      toolPath('qm'),
      String(vmid),
      host.path(runFile(vmid, 'restart')),
      ...argv,
    ],
    { effect: 'change', detached: true, stdio: 'pipe', stderrFile: errors },
  );
  if (host.dryRun) return 0;
  const status = await firstLine(host, child, timeoutMs);
  if (status === '75')
    throw new PaveError(`VM ${vmid} is being cleaned up after its last run - try again`);
  return Number(status);
}

/** QEMU's status as the shell reports it, or the shell's own where it gave up before. */
async function firstLine(
  host: Host,
  child: Awaited<ReturnType<Host['spawn']>>,
  timeoutMs: number,
): Promise<string> {
  let text = '';
  const line = new Promise<string>((resolve) => {
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    child.stdout!.on('close', () => resolve(text.trim() || '70'));
  });
  child.stdin?.end();
  const stop = new AbortController();
  const late = host.clock.sleep(timeoutMs, stop.signal).then(() => {
    throw new PaveError(
      `start failed: QEMU was not ready within ${Math.round(timeoutMs / 1000)} s`,
    );
  });
  late.catch(() => {});
  try {
    return await Promise.race([line, late]);
  } catch (error) {
    // Its whole group, or QEMU would come up behind our back.
    host.processes.kill(-child.pid, 'SIGKILL');
    throw error;
  } finally {
    stop.abort();
  }
}

/**
 * Waits until the unit of a run that has ended is gone: its name is taken until then, and its stop
 * hook wants the guest's lock, so it must not be held here.
 * @throws PaveError when its stop hook hangs
 */
export async function waitForUnit(host: Host, vmid: number): Promise<void> {
  const end = host.clock.monotonic() + 90_000;
  for (;;) {
    const { stdout } = await host.run(
      ['systemctl', 'show', '--property=ActiveState', '--value', unitName(vmid)],
      { effect: 'read', allowExit: 'any', timeoutMs: 10_000 },
    );
    if (!/^(active|activating|deactivating|reloading)$/.test(stdout.trim())) return;
    if (host.clock.monotonic() >= end) {
      throw new PaveError(`VM ${vmid} is still being cleaned up after its last run`, {
        hint: `see: systemctl status ${unitName(vmid)}`,
      });
    }
    await host.clock.sleep(100);
  }
}

function limitProperties({ limits, platform }: LaunchOptions): string[] {
  return unitProperties(limits, platform.cgroup === 'v2' ? 2 : 1)
    .filter((property) => !property.endsWith('='))
    .map((property) => `--property=${property}`);
}

/** A unit `<vmid>.service` below qemu.slice, whose stop hook cleans up and restarts where asked for. */
async function launchUnit(host: Host, options: LaunchOptions, errors: string): Promise<number> {
  const { vmid, timeoutMs } = options;
  const over = new AbortController();
  const started = host.run(unitCommand(host, options, errors), {
    effect: 'change',
    allowExit: 'any',
    timeoutMs: timeoutMs + 10_000,
    signal: over.signal,
  });
  if (host.dryRun) return (await started).code;
  const late = new PaveError(
    `start failed: QEMU was not ready within ${Math.round(timeoutMs / 1000)} s`,
  );
  const ready = started.then(
    ({ code }) => code,
    (error) => {
      throw error instanceof CommandError && error.timedOut ? late : error;
    },
  );
  ready.catch(() => {});
  const failed = failedStart(host, vmid, over.signal);
  failed.catch(() => {});
  try {
    const status = await Promise.race([ready, failed]);
    if (status === 'timeout') throw late;
    return status;
  } finally {
    over.abort();
  }
}

/**
 * The exit status of a QEMU that did not come up, as soon as its unit knows. systemd-run tells it after
 * the stop hook only, which waits for the guest's lock: the one held here.
 */
async function failedStart(
  host: Host,
  vmid: number,
  signal: AbortSignal,
): Promise<number | 'timeout'> {
  const show = ['systemctl', 'show', '--property=ActiveState,Result,ExecStart', unitName(vmid)];
  for (;;) {
    await host.clock.sleep(300, signal);
    const { stdout } = await host.run(show, { effect: 'read', allowExit: 'any', signal });
    const status = unitFailure(stdout);
    if (status !== undefined) return status;
  }
}

/** What `systemctl show --property=ActiveState,Result,ExecStart` says of a start that failed. */
export function unitFailure(shown: string): number | 'timeout' | undefined {
  if (!/^ActiveState=(deactivating|failed)$/m.test(shown)) return undefined;
  if (/^Result=timeout$/m.test(shown)) return 'timeout';
  const status = Number(/ status=(\d+)(?:\/\w+)? \}$/m.exec(shown)?.[1] ?? 1);
  return status === 0 ? undefined : status;
}

function unitCommand(host: Host, options: LaunchOptions, errors: string): string[] {
  const { vmid, argv } = options;
  const qm = toolPath('qm');
  const restart = host.path(runFile(vmid, 'restart'));
  const again = `/bin/sh -c '[ ! -e ${restart} ] || { rm -f ${restart}; exec systemd-run --no-block --collect ${qm} start ${vmid}; }'`;
  const environment = host.root === '' ? [] : [`--setenv=PAVE_ROOT=${host.root}`];
  // systemd warns of paths below /var/run.
  const pidFile = host.path(runFile(vmid, 'pid')).replace(/^\/var\/run\//, '/run/');
  return [
    'systemd-run',
    '--quiet',
    '--collect',
    `--unit=${unitName(vmid)}`,
    '--slice=qemu.slice',
    '--service-type=forking',
    `--description=Virtual machine ${vmid}`,
    `--property=PIDFile=${pidFile}`,
    '--property=KillMode=none',
    '--property=SendSIGKILL=no',
    '--property=TimeoutStopSec=120',
    ...limitProperties(options),
    `--property=TimeoutStartSec=${Math.ceil(options.timeoutMs / 1000)}`,
    `--property=StandardError=append:${host.path(errors)}`,
    `--property=ExecStopPost=${qm} cleanup ${vmid} 0 0`,
    `--property=ExecStopPost=-${again}`,
    ...environment,
    '--',
    ...argv,
  ];
}
