/**
 * Folders of the host in a VM: a virtiofsd for each, started before QEMU and ending with it. There
 * are two programs of that name: the older comes with QEMU 7.2, the newer has a package of its own.
 */
import { PaveError } from '../../errors.js';
import type { GuestContext } from '../../guest/load.js';
import type { Host } from '../../host/types.js';
import { parsePropertyString } from '../../schema/propertyString.js';
import { windowsVersion } from '../command/ostype.js';
import { virtiofsNFormat } from '../options/passthrough.js';
import type { Companion, Run } from './companions.js';
import { endProcess } from './end-process.js';
import { RUN_DIR } from './state.js';

const DIR = `${RUN_DIR}/virtiofsd`;
const NEWER = '/usr/libexec/virtiofsd';
const OLDER = '/usr/lib/qemu/virtiofsd';
/** Writes the process id, then becomes the program. */
const START = 'echo $$ >"$1"; shift; exec "$@"';

type Options = Record<string, string | number | undefined>;

export const virtiofs: Companion = {
  what: 'its shared folders',

  async prepare(ctx, run) {
    const keys = [...run.values.keys()].filter((key) => /^virtiofs\d+$/.test(key)).sort();
    for (const key of keys) await startServer(ctx, run, key);
  },

  async remove(ctx, vmid) {
    const pattern = new RegExp(`^vm${vmid}-fs\\d+\\.pid$`);
    for (const name of ctx.host.files.list(DIR) ?? []) {
      if (!pattern.test(name)) continue;
      const socket = `${DIR}/${name.slice(0, -'.pid'.length)}`;
      await endServer(ctx.host, socket);
      for (const path of [socket, `${socket}.pid`, `${socket}.log`]) ctx.host.files.unlink(path);
    }
  },
};

function isOn(value: string | number | undefined): boolean {
  return value !== undefined && String(value) !== '0';
}

async function startServer(ctx: GuestContext, run: Run, key: string): Promise<void> {
  const { host } = ctx;
  const options = parsePropertyString(virtiofsNFormat, run.values.get(key)!) as Options;
  const folder = run.input.facts?.directoryMappings?.get(String(options.dirid));
  if (folder === undefined)
    throw new PaveError(`${key}: there is no directory mapping '${options.dirid}' for this node`);
  const socket = `${DIR}/vm${run.vmid}-fs${key.slice('virtiofs'.length)}`;
  const windows = windowsVersion(run.values.get('ostype')) > 0;
  const server = serverCommand(host, key, folder, host.path(socket), options, windows);
  host.files.mkdir(DIR, { mode: 0o700 });
  host.files.unlink(socket);
  const log = `${socket}.log`;
  host.files.unlink(log);
  const argv = ['/bin/sh', '-c', START, `pave-${key}`, host.path(`${socket}.pid`), ...server];
  const child = await host.spawn(argv, {
    effect: 'change',
    detached: true,
    stdoutFile: log,
    stderrFile: log,
    purpose: `shares ${folder} with VM ${run.vmid}`,
  });
  if (host.dryRun) return;
  let ended: number | undefined;
  void child.exited.then((code) => {
    ended = code;
  });
  for (let tries = 0; !host.files.exists(socket); tries++) {
    if (ended !== undefined || tries === 200) {
      const said = (host.files.read(log) ?? '').trim().split('\n').slice(-3).join('\n');
      const how = ended === undefined ? 'is not ready after 10 s' : `ended with status ${ended}`;
      throw new PaveError(`${key}: virtiofsd ${how}${said === '' ? '' : `\n${said}`}`);
    }
    await host.clock.sleep(50);
  }
}

/** @throws PaveError where there is none, or it lacks what is asked for */
function serverCommand(
  host: Host,
  key: string,
  folder: string,
  socket: string,
  options: Options,
  windows: boolean,
): string[] {
  const newer = host.files.executable(NEWER) ? NEWER : host.which('virtiofsd');
  if (newer !== undefined) {
    return [
      ...[newer, `--socket-path=${socket}`, `--shared-dir=${folder}`, '--announce-submounts'],
      ...(isOn(options['expose-xattr']) ? ['--xattr'] : []),
      ...(isOn(options['expose-acl']) ? ['--posix-acl'] : []),
      ...(isOn(options['direct-io']) ? ['--allow-direct-io'] : []),
      ...(options.cache === undefined ? [] : [`--cache=${options.cache}`]),
      ...(windows ? ['--inode-file-handles=prefer'] : []),
    ];
  }
  if (!host.files.executable(OLDER))
    throw new PaveError(`${key}: virtiofsd is not installed`, {
      hint: 'apt install virtiofsd, or on Debian 12: apt install qemu-system-common',
    });
  if (options.cache === 'metadata')
    throw new PaveError(`${key}: the virtiofsd of QEMU 7.2 does not know cache=metadata`, {
      hint: 'use cache=auto, always or never',
    });
  const cache = options.cache === 'never' ? 'none' : options.cache;
  const flags = [
    `source=${folder}`,
    'announce_submounts',
    ...(isOn(options['expose-xattr']) || isOn(options['expose-acl']) ? ['xattr'] : []),
    ...(isOn(options['expose-acl']) ? ['posix_acl'] : []),
    ...(isOn(options['direct-io']) ? ['allow_direct_io'] : []),
    ...(cache === undefined ? [] : [`cache=${cache}`]),
  ];
  return [OLDER, `--socket-path=${socket}`, ...flags.flatMap((flag) => ['-o', flag])];
}

/** It ends when QEMU lets go of it; one that nobody connected to is ended. */
async function endServer(host: Host, socket: string): Promise<void> {
  const pid = Number(host.files.read(`${socket}.pid`)?.trim());
  // The number may be another process's by now.
  const ours = (one: number) =>
    host.processes.cmdline(one)?.some((word) => word.endsWith(host.path(socket))) ? one : undefined;
  if (!Number.isInteger(pid) || pid <= 1) return;
  // The older one is two processes: the second one does the work, and ends after the first.
  const children = host.files.read(`/proc/${pid}/task/${pid}/children`)?.trim().split(' ') ?? [];
  for (const one of [pid, ...children.filter(Boolean).map(Number)])
    if (!(await endProcess(host, () => ours(one), 5000)))
      throw new PaveError(`virtiofsd (process ${one}) does not end`);
}
