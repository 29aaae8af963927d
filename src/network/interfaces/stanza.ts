/** One stanza (`iface NAME FAMILY METHOD` and its options) as text. */
import { PaveError } from '../../errors.js';
import type { Iface } from './types.js';
import { HASH_MODES, joinCidr, OVS_BOND_MODES, setOvsOptions, words } from './values.js';
import type { WriteOptions } from './write.js';

/** Keys that are no option lines, or are printed elsewhere. */
const NOT_OPTIONS = new Set([
  'type',
  'priority',
  'method',
  'active',
  'exists',
  'comments',
  'autostart',
  'options',
  'address',
  'netmask',
  'gateway',
  'broadcast',
  'method6',
  'families',
  'options6',
  'comments6',
  'address6',
  'netmask6',
  'gateway6',
  'broadcast6',
  'uplink-id',
]);

/** Options printed by the type itself, with what it prints. */
interface ByType {
  lines: string[];
  keys: string[];
  /** A line before the stanza. */
  before?: string;
}

/**
 * @param first only the first stanza of an interface has the options that belong to no family
 * @param more lines to be kept as they were
 */
export function stanza(
  name: string,
  iface: Iface,
  family: string | undefined,
  first: boolean,
  more: readonly string[],
  options: WriteOptions,
): string {
  const suffixes = family === undefined ? ['', '6'] : [family.slice('inet'.length)];
  const method = iface[`method${suffixes[0]}`];
  if (family !== undefined && !method) return '';
  const lines = suffixes.flatMap((suffix) => addressLines(iface, suffix as '' | '6'));
  let before = '';
  if (first) {
    const own = byType(name, iface, options);
    before = own.before ?? '';
    lines.push(...own.lines, ...otherLines(iface, new Set(own.keys)));
  }
  lines.push(...more);
  let text = `${before}iface ${name}${family === undefined ? '' : ` ${family} ${method}`}\n`;
  for (const line of lines) text += `\t${line}\n`;
  for (const suffix of suffixes as ('' | '6')[]) {
    for (const line of iface[`options${suffix}`] ?? []) text += `\t${line}\n`;
    const comments = (iface[`comments${suffix}`] ?? '').replace(/\n+$/, '');
    if (comments !== '') for (const line of comments.split('\n')) text += `#${line}\n`;
  }
  return `${text}\n`;
}

function addressLines(iface: Iface, suffix: '' | '6'): string[] {
  const address = iface[`address${suffix}`];
  const gateway = iface[`gateway${suffix}`];
  const lines: string[] = [];
  if (address)
    lines.push(`address ${joinCidr(address, maskText(iface[`netmask${suffix}`])) ?? address}`);
  if (gateway) lines.push(`gateway ${gateway}`);
  return lines;
}

/** The API has it as a number. */
function maskText(mask: unknown): string | undefined {
  return mask === undefined || mask === null ? undefined : String(mask);
}

/** What is left, sorted by name. */
function otherLines(iface: Iface, done: ReadonlySet<string>): string[] {
  return Object.keys(iface)
    .sort()
    .filter((key) => !NOT_OPTIONS.has(key) && !done.has(key))
    .filter((key) => iface[key] && iface[key] !== '0')
    .flatMap((key) => {
      const value = iface[key];
      return (Array.isArray(value) ? value : [value]).map((one) => `${key} ${one}`);
    });
}

function byType(name: string, iface: Iface, options: WriteOptions): ByType {
  switch (iface.type) {
    case 'bridge':
      return bridge(name, iface, options);
    case 'bond':
      return bond(iface);
    case 'vlan':
      checkProtocol(name, iface);
      return { lines: [], keys: [] };
    case 'vxlan':
      return vxlan(iface);
    case 'OVSBridge':
      return {
        lines: [
          'ovs_type OVSBridge',
          ...line('ovs_ports', iface.ovs_ports),
          ...line('ovs_mtu', iface.mtu),
        ],
        keys: ['ovs_type', 'ovs_ports', 'mtu'],
      };
    case 'OVSPort':
    case 'OVSIntPort':
    case 'OVSBond':
      return ovsPort(name, iface, options);
    default:
      return { lines: [], keys: [] };
  }
}

function line(name: string, value: unknown): string[] {
  return value && value !== '0' ? [`${name} ${value}`] : [];
}

function bridge(name: string, iface: Iface, options: WriteOptions): ByType {
  const stp = iface.bridge_stp ?? 'off';
  const ports = words(iface.bridge_ports).join(' ') || 'none';
  const lines = [`bridge-ports ${ports}`, `bridge-stp ${stp}`];
  const delay = iface.bridge_fd;
  if (delay !== undefined && delay !== null) {
    // With STP the kernel wants 2 to 30 seconds.
    const fits = Number(delay) >= 2 && Number(delay) <= 30;
    if (stp === 'off' || fits) lines.push(`bridge-fd ${delay}`);
    else
      options.warn?.(
        `'${name}': ignoring 'bridge_fd' value '${delay}', outside of allowed range 2-30`,
      );
  } else if (stp === 'off') lines.push('bridge-fd 0');
  if (iface.bridge_vlan_aware !== undefined && iface.bridge_vlan_aware !== null) {
    lines.push('bridge-vlan-aware yes', `bridge-vids ${iface.bridge_vids || '2-4094'}`);
    // bridge-utils' script for ifupdown turns the filter on and gives the ports no VLANs.
    if (!options.ifupdown2 && ports !== 'none')
      options.warn?.(
        `'${name}': ifupdown does not read 'bridge-vids', so only untagged traffic passes ${ports}: apt install ifupdown2 for VLANs`,
      );
  }
  lines.push(...line('mtu', iface.mtu));
  return {
    lines,
    keys: [
      'bridge_ports',
      'bridge_stp',
      'bridge_fd',
      'bridge_vlan_aware',
      'bridge_vids',
      'mtu',
      'bridge-disable-mac-learning',
    ],
  };
}

function bond(iface: Iface): ByType {
  const mode = iface.bond_mode;
  const lines = [
    `bond-slaves ${words(iface.slaves).join(' ') || 'none'}`,
    `bond-miimon ${iface.bond_miimon ?? 100}`,
    `bond-mode ${mode ?? 'balance-rr'}`,
  ];
  if (HASH_MODES.includes(mode ?? ''))
    lines.push(...line('bond-xmit-hash-policy', iface.bond_xmit_hash_policy));
  if (mode === 'active-backup') lines.push(...line('bond-primary', iface['bond-primary']));
  lines.push(...line('mtu', iface.mtu));
  return {
    lines,
    keys: ['slaves', 'bond_miimon', 'bond_mode', 'bond_xmit_hash_policy', 'bond-primary', 'mtu'],
  };
}

function checkProtocol(name: string, iface: Iface): void {
  const protocol = iface['vlan-protocol'];
  if (protocol && protocol !== '802.1ad' && protocol !== '802.1q')
    throw new PaveError(`${name}: wrong vlan-protocol ${protocol}`);
}

function vxlan(iface: Iface): ByType {
  const keys = ['vxlan-id', 'vxlan-svcnodeip', 'vxlan-physdev', 'vxlan-local-tunnelip'];
  const lines = keys
    .filter((key) => iface[key] !== undefined && iface[key] !== null)
    .map((key) => `${key} ${iface[key]}`);
  for (const address of iface['vxlan-remoteip'] ?? []) lines.push(`vxlan-remoteip ${address}`);
  lines.push(...line('mtu', iface.mtu));
  return { lines, keys: [...keys, 'vxlan-remoteip', 'mtu'] };
}

function ovsPort(name: string, iface: Iface, options: WriteOptions): ByType {
  // Its bridge starts it.
  iface.autostart = 0;
  if (iface.ovs_tag !== undefined && iface.ovs_tag !== null)
    setOvsOptions(iface, { tag: String(iface.ovs_tag) });
  const lines: string[] = [];
  const keys = ['ovs_tag', 'ovs_type', 'mtu'];
  if (iface.type === 'OVSBond') {
    ovsBondMode(iface);
    lines.push(...line('ovs_bonds', iface.ovs_bonds));
    keys.push('bond_mode', 'ovs_bonds');
  }
  lines.push(`ovs_type ${iface.type}`);
  let before = '';
  if (iface.ovs_bridge) {
    before = options.ifupdown2 ? `auto ${name}\n` : `allow-${iface.ovs_bridge} ${name}\n`;
    lines.push(`ovs_bridge ${iface.ovs_bridge}`);
    keys.push('ovs_bridge');
  }
  lines.push(...line('ovs_mtu', iface.mtu));
  return { lines, keys, before };
}

function ovsBondMode(iface: Iface): void {
  iface.bond_mode ||= 'active-backup';
  const mode = iface.bond_mode;
  if (!(OVS_BOND_MODES as readonly string[]).includes(mode))
    throw new PaveError(`OVS does not support bond mode '${mode}'`);
  const lacp = mode.startsWith('lacp-') ? 'active' : undefined;
  setOvsOptions(iface, { lacp, bond_mode: mode.replace(/^lacp-/, '') });
}
