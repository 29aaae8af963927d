/** What the jobs on networks begin with, in a kernel of their own. */
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { packagesMissing } from './uml.js';

const PROJECT = resolve(import.meta.dirname, '../..');
const BIN = join(PROJECT, 'bin');

/** Four cards, cabled to a switch that is reached by `outside`; eth0 is how the admin comes in. */
export const MACHINE = `
export PATH=${BIN}:$PATH
modprobe -a bridge 8021q bonding veth nf_tables tun 2>/dev/null
ip netns add switch
outside() { ip netns exec switch "$@"; }
outside ip link set lo up
for i in 0 1 2 3; do ip link add eth$i type veth peer name p$i netns switch; outside ip link set p$i up; done
outside ip address add 192.0.2.1/24 dev p0
cat >/etc/network/interfaces <<X
auto lo
iface lo inet loopback

auto eth0
iface eth0 inet static
	address 192.0.2.2/24
X
say() { echo "== $*"; }
# Whatever has to be learned first, of addresses and links, may take its time.
reached() {
  for try in $(seq 100); do
    outside ping -c 1 -W 3 "$1" >/dev/null 2>&1 && { echo reached; return; }
    sleep 0.2
  done
  echo "not reached"
}
cut_off() { outside ping -c 1 -W 2 "$1" >/dev/null 2>&1 && echo "still there" || echo "cut off"; }
# Waits until a command works.
await() { for try in $(seq 3000); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done; echo "in vain: $*"; return 1; }
gone() { ! [ -e "$1" ]; }
`;

/**
 * Open vSwitch. Where packets count its bridges are to have `datapath_type=netdev`: with the one CPU of
 * this kernel the daemon of the other datapath may lose every packet.
 */
export const OVS = `
modprobe -a openvswitch tun
mkdir -p /run/openvswitch
ovsdb-tool create /run/openvswitch/conf.db /usr/share/openvswitch/vswitch.ovsschema
ovsdb-server --remote=punix:/run/openvswitch/db.sock --detach --pidfile --log-file=/dev/null /run/openvswitch/conf.db
ovs-vsctl --no-wait init
ovs-vswitchd --detach --pidfile --log-file=/dev/null
`;

/** The ways the tools that read /etc/network/interfaces are installed, and do what they do at boot. */
export const TOOLS: Record<string, { packages: string[]; start: string }> = {
  ifupdown2: {
    packages: ['ifupdown2'],
    start: 'chmod +x /usr/share/ifupdown2/__main__.py; mkdir -p /var/tmp/network; ifreload -a',
  },
  ifupdown: {
    packages: ['ifupdown', 'bridge-utils', 'ifenslave', 'vlan'],
    start: 'ifup -a',
  },
};

/** Why the lab cannot do this; undefined where it can. */
export function toolsMissing(): string | undefined {
  return packagesMissing(...Object.values(TOOLS).flatMap(({ packages }) => packages));
}

/** Bundles plug.ts into a folder; `plug` in a job then plugs guests' ports in and out. */
export function plugProgram(folder: string): string {
  const plug = join(folder, 'plug.mjs');
  const entry = resolve(import.meta.dirname, 'plug.ts');
  const bundle = ['--bundle', '--platform=node', '--format=esm', '--log-level=error'];
  // Some packages call require(), which a module has to be given.
  const banner = `--banner:js=import{createRequire as r}from'module';const require=r(import.meta.url);`;
  const esbuild = join(PROJECT, 'node_modules/.bin/esbuild');
  execFileSync(esbuild, [entry, `--outfile=${plug}`, banner, ...bundle]);
  return `plug() { node ${plug} "$@"; }\n`;
}
