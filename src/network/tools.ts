/** Making a configuration real: through ifupdown2 or ifupdown, whichever the machine has. */
import { PaveError } from '../errors.js';
import type { Host } from '../host/types.js';
import { hasIfupdown2, INTERFACES } from './files.js';
import { readInterfaces } from './interfaces/read.js';
import type { Iface, NetworkConfig } from './interfaces/types.js';
import { words } from './interfaces/values.js';

/** Longest time a change of the network may take, e.g. waiting for DHCP: 2 minutes. */
const TIMEOUT_MS = 120_000;

export interface IfTool {
  name: string;
  /** Goes from one file to another; both must be there. Throws what the tool said. */
  change(from: string, to: string): Promise<void>;
  /** One interface of /etc/network/interfaces alone. */
  up(iface: string): Promise<void>;
  down(iface: string): Promise<void>;
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

/** Exit code of ifupdown2 while another of it runs, e.g. of a command that was killed. */
const BUSY = 89;
/** Seconds to wait for that one. */
const BUSY_S = 60;

const RELOAD = `mount --bind "$1" ${INTERFACES} && exec ifreload -a`;

function ifupdown2(host: Host): IfTool {
  const run = async (...argv: string[]) => {
    // Its lock lies there; without the folder it takes itself for a second one.
    host.files.mkdir('/run/network');
    for (let wait = BUSY_S; ; wait--) {
      const allowExit = wait > 0 ? [BUSY] : [];
      const { code } = await host.run(argv, { effect: 'change', timeoutMs: TIMEOUT_MS, allowExit });
      if (code !== BUSY) return;
      await host.clock.sleep(1000);
    }
  };
  return {
    name: 'ifupdown2',
    // ifreload knows one file only; in a mount namespace of its own that name holds the other one.
    change: (_from, to) =>
      to === INTERFACES
        ? run('ifreload', '-a')
        : run(
            'unshare',
            '--mount',
            '--propagation',
            'slave',
            '/bin/sh',
            '-c',
            RELOAD,
            'reload',
            to,
          ),
    up: (iface) => run('ifup', iface),
    down: (iface) => run('ifdown', iface),
  };
}

function ifupdown(host: Host): IfTool {
  const state = host.root === '' ? [] : ['--state-dir', host.path('/run/network')];
  const run = async (program: string, file: string, ...names: string[]) => {
    if (names.length === 0) return;
    await host.run([program, ...state, '-i', host.path(file), ...names], {
      effect: 'change',
      timeoutMs: TIMEOUT_MS,
    });
  };
  return {
    name: 'ifupdown',
    async change(from, to) {
      const before = readInterfaces(host.files.read(from) ?? '');
      const after = readInterfaces(host.files.read(to) ?? '');
      checkHelpers(host, after);
      const plan = planOf(before, after, await upNow(host, state));
      await run('ifdown', from, ...plan.down);
      await run('ifup', to, ...plan.up);
    },
    up: (iface) => run('ifup', INTERFACES, iface),
    down: (iface) => run('ifdown', INTERFACES, iface),
  };
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
async function upNow(host: Host, state: readonly string[]): Promise<Set<string>> {
  const result = await host.run(['ifquery', ...state, '--state'], {
    effect: 'read',
    allowExit: 'any',
  });
  const names = result.stdout.split('\n').map((line) => line.split('=')[0]!.trim());
  return new Set(names.filter((name) => name !== ''));
}

export interface Plan {
  /** Highest first. */
  down: string[];
  /** Lowest first. */
  up: string[];
}

/** What must be taken down and brought up: what differs, and all that stands on it. */
export function planOf(before: NetworkConfig, after: NetworkConfig, up: ReadonlySet<string>): Plan {
  const changed = new Set<string>();
  for (const name of new Set([...Object.keys(before.ifaces), ...Object.keys(after.ifaces)])) {
    if (name !== 'lo' && facts(before.ifaces[name]) !== facts(after.ifaces[name]))
      changed.add(name);
  }
  for (let size = -1; size !== changed.size; ) {
    size = changed.size;
    for (const { ifaces } of [before, after])
      for (const [name, iface] of Object.entries(ifaces))
        if (standsOn(name, iface).some((other) => changed.has(other))) changed.add(name);
  }
  const order = ({ ifaces }: NetworkConfig) => {
    const done: string[] = [];
    const visit = (name: string): void => {
      const iface = ifaces[name];
      if (iface === undefined || done.includes(name)) return;
      for (const other of standsOn(name, iface)) if (other !== name) visit(other);
      if (!done.includes(name)) done.push(name);
    };
    for (const name of Object.keys(ifaces)) visit(name);
    return done.filter((name) => changed.has(name));
  };
  return {
    down: order(before)
      .filter((name) => up.has(name))
      .reverse(),
    up: order(after).filter((name) => after.ifaces[name]!.autostart || up.has(name)),
  };
}

/** What an interface is made of and built on, as text: without where it stands in the file. */
function facts(iface: Iface | undefined): string {
  if (iface === undefined) return '';
  const { priority: _p, active: _a, exists: _e, comments: _c, ...rest } = iface;
  return JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function standsOn(name: string, iface: Iface): string[] {
  const parent = iface['vlan-raw-device'] ?? /^(\S+?)[.:]\d+$/.exec(name)?.[1];
  const ports = [iface.bridge_ports, iface.slaves, iface.ovs_ports, iface.ovs_bonds].flatMap(words);
  // A tagged port has no stanza of its own where it is made with its bridge.
  const parents = ports.flatMap((port) => [port, port.replace(/\.\d+$/, '')]);
  return [...parents, ...(parent === undefined ? [] : [parent])];
}
