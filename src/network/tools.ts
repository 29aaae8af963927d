/** Making a configuration real: through ifupdown2 or ifupdown, whichever the machine has. */
import { PaveError } from '../errors.js';
import type { Host } from '../host/types.js';
import { hasIfupdown2, INTERFACES } from './files.js';
import { readInterfaces } from './interfaces/read.js';
import type { NetworkConfig } from './interfaces/types.js';
import { planOf } from './plan.js';
import { exists, isLinuxBridge } from './port/link.js';
import { isOvsBridge, removeOvsBridge } from './port/ovs.js';

/** Longest time a change of the network may take, e.g. waiting for DHCP: 2 minutes. */
const TIMEOUT_MS = 120_000;

export interface IfTool {
  name: string;
  /** Names of the interfaces it has brought up, where it remembers them. */
  active(): Promise<string[]>;
  /**
   * Goes from one file to another; both must be there. What `active` names is up afterwards also
   * where nothing starts it by itself. Throws what the tool said.
   */
  change(from: string, to: string, active: readonly string[]): Promise<void>;
  /** The same the other way, from a change that may have broken off anywhere. */
  undo(from: string, to: string, active: readonly string[]): Promise<void>;
  /** One interface of /etc/network/interfaces alone. */
  up(iface: string): Promise<void>;
  /** @param force also where it was not brought up to its end */
  down(iface: string, force: boolean): Promise<void>;
}

/** The tool of this machine; undefined where there is none. */
export function findIfTool(host: Host): IfTool | undefined {
  if (hasIfupdown2(host) && host.which('ifreload') !== undefined) {
    // It knows only the machine's own files.
    return host.root === '' ? ifupdown2(host) : undefined;
  }
  return host.which('ifup') === undefined ? undefined : ifupdown(host);
}

/** @throws PaveError where there is none */
export function ifTool(host: Host): IfTool {
  const tool = findIfTool(host);
  if (tool !== undefined) return tool;
  throw new PaveError(
    'neither ifupdown2 nor ifupdown is installed: nothing reads /etc/network/interfaces',
    {
      hint: 'apt install ifupdown2',
    },
  );
}

/** Exit code of ifupdown2 while another of it runs. */
const BUSY = 89;
/** Seconds to wait for that one. */
const BUSY_S = 60;

function ifupdown2(host: Host): IfTool {
  const run = async (argv: readonly string[]) => {
    // Its lock lies there; without the folder it takes itself for a second one.
    host.files.mkdir('/run/network');
    for (let wait = BUSY_S; ; wait--) {
      const allowExit = wait > 0 ? [BUSY] : [];
      const { code } = await host.run(argv, { effect: 'change', timeoutMs: TIMEOUT_MS, allowExit });
      if (code !== BUSY) return;
      await host.clock.sleep(1000);
    }
  };
  const change = async (_from: string, to: string) => {
    await awaitLast(host);
    await dropReplaced(host, to);
    await run(traced(host, to, ['ifreload', '-a']));
  };
  return {
    name: 'ifupdown2',
    // It compares with what the kernel has.
    active: () => Promise.resolve([]),
    async change(from, to) {
      checkBonds(readInterfaces(host.files.read(to) ?? ''));
      await change(from, to);
    },
    undo: change,
    up: (iface) => run(['ifup', iface]),
    down: (iface) => run(['ifdown', iface]),
  };
}

/**
 * It gives an OVS bond a device of its name, which a bridge in user space cannot have (add-bond with
 * --fake-iface, addons/openvswitch_port.py), and then looks for it.
 * @throws PaveError naming such bonds
 */
function checkBonds({ ifaces }: NetworkConfig): void {
  const inUserSpace = (bridge = '') =>
    JSON.stringify(ifaces[bridge]?.options ?? []).includes('datapath_type=netdev');
  const bonds = Object.entries(ifaces).filter(
    ([, { type, ovs_bridge }]) => type === 'OVSBond' && inUserSpace(ovs_bridge),
  );
  if (bonds.length === 0) return;
  const text = bonds.map(([name, { ovs_bridge }]) => `'${name}' on '${ovs_bridge}'`).join(', ');
  throw new PaveError(
    `ifupdown2 cannot make bonds on bridges with datapath_type=netdev, where they are no devices: ${text}`,
    { hint: 'leave datapath_type=netdev out, or apt install ifupdown, which replaces ifupdown2' },
  );
}

/** It cannot make a Linux bridge where one of Open vSwitch has the name; the other way round it can. */
async function dropReplaced(host: Host, to: string): Promise<void> {
  for (const [name, { type }] of Object.entries(readInterfaces(host.files.read(to) ?? '').ifaces))
    if (type === 'bridge' && exists(host, name) && !isLinuxBridge(host, name))
      if (await isOvsBridge(host, name)) await removeOvsBridge(host, name);
}

function ifupdown(host: Host): IfTool {
  const state = host.root === '' ? [] : ['--state-dir', host.path('/run/network')];
  const options = { effect: 'change', timeoutMs: TIMEOUT_MS } as const;
  const call = (program: string, file: string, names: readonly string[]): string[] => [
    program,
    ...state,
    ...(host.root === '' ? [] : ['-i', host.path(file)]),
    ...names,
  ];
  const run = async (program: string, file: string, names: readonly string[], more = {}) => {
    if (names.length === 0) return;
    await host.run(traced(host, file, call(program, file, names)), { ...options, ...more });
  };
  const plan = async (from: string, to: string, before: readonly string[]) => {
    await awaitLast(host);
    const [old, wanted] = [from, to].map((file) => readInterfaces(host.files.read(file) ?? ''));
    checkHelpers(host, wanted!);
    const now = await upNow(host, state);
    return planOf(old!, wanted!, now, [...now, ...before]);
  };
  return {
    name: 'ifupdown',
    active: () => upNow(host, state),
    async change(from, to, before) {
      const { down, up } = await plan(from, to, before);
      await run('ifdown', from, down);
      await run('ifup', to, up);
    },
    async undo(from, to, before) {
      const { down, half, up } = await plan(from, to, before);
      // Whatever cannot be taken down now was not made.
      await run('ifdown', from, down, { allowExit: 'any' });
      await run('ifdown', from, half.length > 0 ? ['--force', ...half] : [], { allowExit: 'any' });
      await run('ifup', to, up);
    },
    up: async (iface) => void (await host.run(call('ifup', INTERFACES, [iface]), options)),
    down: async (iface, force) =>
      void (await host.run(
        call('ifdown', INTERFACES, force ? ['--force', iface] : [iface]),
        options,
      )),
  };
}

/** Who is at it: it goes on also when the command that called it is killed. */
const PID = '/run/pave/network/tool.pid';
const TRACED = 'echo $$ >"$0" && exec "$@"';
/** In a mount namespace of its own the name of the machine's file holds another one. */
const TRACED_AS = `echo $$ >"$0" && mount --bind "$1" ${INTERFACES} && shift && exec "$@"`;

/**
 * Calls the tool with that file as /etc/network/interfaces: its scripts call it again, those of Open
 * vSwitch for a bridge's ports, and must find the same one.
 */
function traced(host: Host, file: string, argv: readonly string[]): string[] {
  const pid = host.path(PID);
  host.files.mkdir('/run/pave/network');
  if (host.root !== '' || file === INTERFACES) return ['/bin/sh', '-c', TRACED, pid, ...argv];
  const apart = ['unshare', '--mount', '--propagation', 'slave'];
  return [...apart, '/bin/sh', '-c', TRACED_AS, pid, file, ...argv];
}

/** Lets a tool whose command was killed come to its end: two at once would undo one another. */
async function awaitLast(host: Host): Promise<void> {
  const pid = Number(host.files.read(PID) ?? 0);
  const runs = () =>
    pid > 1 &&
    (host.processes.cmdline(pid) ?? []).some((word) => /(^|\/)if(up|down|reload)$/.test(word));
  const end = host.clock.monotonic() + TIMEOUT_MS;
  while (runs()) {
    if (host.clock.monotonic() > end) host.processes.kill(pid, 'SIGKILL');
    await host.clock.sleep(100);
  }
}

/** Which packages ifupdown needs for what the file holds. @throws PaveError naming the missing */
function checkHelpers(host: Host, config: NetworkConfig): void {
  const missing = new Map<string, string>();
  const need = (pkg: string, hook: string, name: string) => {
    if (!host.files.exists(hook)) missing.set(pkg, name);
  };
  for (const [name, iface] of Object.entries(config.ifaces)) {
    if (iface.type === 'bridge')
      need('bridge-utils', '/usr/share/doc/bridge-utils/copyright', name);
    if (iface.type === 'bond') need('ifenslave', '/usr/share/doc/ifenslave/copyright', name);
    if (iface.type === 'vlan' && !/^\S+\.\d+$/.test(name))
      need('vlan', '/usr/share/doc/vlan/copyright', name);
    if (iface.type?.startsWith('OVS'))
      need('openvswitch-switch', '/usr/share/doc/openvswitch-switch/copyright', name);
  }
  if (missing.size === 0) return;
  const text = [...missing].map(([pkg, name]) => `'${name}' needs the package ${pkg}`).join('\n');
  throw new PaveError(`ifupdown cannot make all of this configuration:\n${text}`, {
    hint: `apt install ${[...missing.keys()].join(' ')}, or ifupdown2 instead of ifupdown`,
  });
}

/** Names ifupdown has brought up. */
async function upNow(host: Host, state: readonly string[]): Promise<string[]> {
  const result = await host.run(['ifquery', ...state, '--state'], {
    effect: 'read',
    allowExit: 'any',
  });
  const names = result.stdout.split('\n').map((line) => line.split('=')[0]!.trim());
  return names.filter((name) => name !== '');
}
