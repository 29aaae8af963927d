/**
 * A guest's port (a tap, or one end of a veth pair) on a bridge of this host: plugged in with all that
 * its VLANs, firewall flag and rate ask for, and out again without a trace.
 * Source: PVE::Network::tap_create, tap_plug, tap_unplug.
 */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { INTERFACES } from '../files.js';
import { readInterfaces } from '../interfaces/read.js';
import {
  act,
  bridgeOf,
  disableIpv6,
  exists,
  isLinuxBridge,
  isVlanAware,
  mtuOf,
  remove,
  stopLearning,
} from './link.js';
import { addOvsPort, isOvsBridge, removeOvsPort, type VlanSettings } from './ovs.js';
import { dropRate, limitRate } from './rate.js';
import { checkVlanBridge, copySettings, dropVlanBridge, useVlanBridge } from './vlan-bridge.js';

export interface PortSettings extends VlanSettings {
  bridge: string;
  /** A bridge of its own between port and bridge, where a firewall can filter. */
  firewall?: boolean;
  /** Megabytes a second. */
  rate?: number | undefined;
  mac?: string | undefined;
}

/** Why a port cannot be plugged in; undefined where it can. */
export async function portProblem(host: Host, port: PortSettings): Promise<PaveError | undefined> {
  const { bridge, tag, trunks } = port;
  if (!exists(host, bridge))
    return new PaveError(`bridge '${bridge}' does not exist`, {
      hint: `make it: pave network create ${bridge} --type bridge --autostart 1 && pave network apply, or pave network nat ${bridge} --dhcp`,
    });
  if (!isLinuxBridge(host, bridge))
    return (await isOvsBridge(host, bridge))
      ? undefined
      : new PaveError(`bridge '${bridge}' is neither a linux nor an OVS bridge!`);
  if (isVlanAware(host, bridge)) return undefined;
  if (trunks !== undefined)
    return new PaveError(`trunks need a VLAN aware bridge, and '${bridge}' is none`, {
      hint: `pave network set ${bridge} --bridge_vlan_aware 1 && pave network apply`,
    });
  if (tag === undefined) return undefined;
  try {
    await checkVlanBridge(host, bridge, tag);
    return undefined;
  } catch (error) {
    if (error instanceof PaveError) return error;
    throw error;
  }
}

/** Puts a device that is there on its bridge and brings it up. */
export async function plugPort(host: Host, name: string, port: PortSettings): Promise<void> {
  const mtu = mtuOf(host, port.bridge) ?? '1500';
  disableIpv6(host, name);
  await act(
    host,
    `unable to bring up ${name}`,
    ...['ip', 'link', 'set', 'dev', name, 'up', 'promisc', 'on', 'mtu', mtu],
  );
  if (isLinuxBridge(host, port.bridge)) await plugLinux(host, name, port);
  else await plugOvs(host, name, port);
  if (port.rate !== undefined && port.rate > 0) await limitRate(host, name, port.rate);
}

async function plugLinux(host: Host, name: string, port: PortSettings): Promise<void> {
  let { bridge, tag } = port;
  if (!isVlanAware(host, bridge) && tag !== undefined) {
    bridge = await useVlanBridge(host, bridge, tag);
    tag = undefined;
  }
  const vlan = { tag, trunks: port.trunks };
  const learning = learns(host, port.bridge);
  if (port.firewall) {
    const names = chainOf(name);
    await makeFilterBridge(host, names.bridge, bridge);
    copySettings(host, bridge, names.bridge);
    await makePair(host, names.inner, names.outer, bridge);
    await addToBridge(host, bridge, names.outer, vlan);
    if (!learning) stopLearning(host, names.outer);
    await addToBridge(host, names.bridge, names.inner, {});
    await addToBridge(host, names.bridge, name, {});
  } else await addToBridge(host, bridge, name, vlan);
  if (learning) return;
  stopLearning(host, name);
  if (port.mac !== undefined) {
    const doors = [name, ...(port.firewall ? [chainOf(name).outer] : [])];
    for (const door of doors)
      await act(
        host,
        `unable to tell the bridge of ${port.mac}`,
        ...['bridge', 'fdb', 'append', port.mac, 'dev', door, 'master', 'static'],
      );
  }
}

async function plugOvs(host: Host, name: string, port: PortSettings): Promise<void> {
  if (!port.firewall) return addOvsPort(host, port.bridge, name, port);
  const names = chainOf(name);
  await makeFilterBridge(host, names.bridge, port.bridge);
  await addToBridge(host, names.bridge, name, {});
  await addOvsPort(host, port.bridge, names.ovs, port, true);
  await joinFilterBridge(host, names.ovs, names.bridge);
}

/** Puts the port that leads to an OVS bridge on the guest's firewall bridge. */
export async function joinFilterBridge(host: Host, port: string, filter: string): Promise<void> {
  await act(host, `can't activate interface '${port}'`, 'ip', 'link', 'set', port, 'up');
  await addToBridge(host, filter, port, {});
}

/** Takes a port off its bridge, with all that was made for it; the device itself stays. */
export async function unplugPort(host: Host, name: string): Promise<void> {
  const names = chainOf(name);
  const outer = bridgeOf(host, names.outer);
  const bridge = outer ?? bridgeOf(host, name);
  if (exists(host, names.ovs)) await removeOvsPort(host, names.ovs);
  if (bridge === undefined) await removeOvsPort(host, name);
  else if (bridgeOf(host, name) !== undefined)
    await host.run(['ip', 'link', 'set', 'dev', name, 'nomaster'], {
      effect: 'change',
      allowExit: [1],
    });
  await remove(host, names.inner);
  await remove(host, names.bridge);
  await dropRate(host, name);
  if (bridge !== undefined && bridge !== names.bridge) await dropVlanBridge(host, bridge);
}

/** Devices between a port and its bridge. Source: compute_fwbr_names. */
export function chainOf(name: string): {
  bridge: string;
  inner: string;
  outer: string;
  ovs: string;
} {
  const match = /^(?:tap|veth)(\d+)i(\d+)$/.exec(name);
  if (match === null)
    throw new PaveError(`can't create firewall bridge for random interface name '${name}'`);
  const [, vmid, index] = match;
  return {
    bridge: `fwbr${vmid}i${index}`,
    inner: `fwln${vmid}i${index}`,
    outer: `fwpr${vmid}p${index}`,
    ovs: `fwln${vmid}o${index}`,
  };
}

async function makeFilterBridge(host: Host, name: string, like: string): Promise<void> {
  const failed = `unable to make the bridge '${name}'`;
  await remove(host, name);
  await act(host, failed, 'ip', 'link', 'add', 'name', name, 'type', 'bridge');
  disableIpv6(host, name);
  const mtu = mtuOf(host, like) ?? '1500';
  await act(host, failed, 'ip', 'link', 'set', 'dev', name, 'up', 'mtu', mtu);
}

async function makePair(host: Host, a: string, b: string, bridge: string): Promise<void> {
  const failed = `can't create interface ${a}`;
  const mtu = mtuOf(host, bridge) ?? '1500';
  await remove(host, a);
  const peer = ['peer', 'name', b, 'mtu', mtu];
  await act(host, failed, 'ip', 'link', 'add', 'name', a, 'mtu', mtu, 'type', 'veth', ...peer);
  for (const end of [a, b]) {
    disableIpv6(host, end);
    await act(host, failed, 'ip', 'link', 'set', 'dev', end, 'up');
  }
}

/** On a VLAN aware bridge a port is given exactly its VLANs. */
async function addToBridge(
  host: Host,
  bridge: string,
  name: string,
  vlan: VlanSettings,
): Promise<void> {
  const mtu = mtuOf(host, bridge) ?? '1500';
  disableIpv6(host, name);
  await act(
    host,
    `can't enslave '${name}' to '${bridge}'`,
    ...['ip', 'link', 'set', 'dev', name, 'mtu', mtu, 'master', bridge],
  );
  if (!isVlanAware(host, bridge)) return;
  const failed = `unable to set the VLANs of ${name}`;
  const set = (verb: string, ...words: string[]) =>
    act(host, failed, 'bridge', 'vlan', verb, 'dev', name, 'vid', ...words);
  await set('del', '1-4094');
  const { tag, trunks } = vlan;
  if (trunks !== undefined) for (const trunk of trunks.split(';')) await set('add', trunk);
  else if (tag === undefined) await set('add', '2-4094');
  await set('add', String(tag ?? 1), 'pvid', 'untagged');
}

/** False where the file switches it off for the bridge: then only known addresses get through. */
function learns(host: Host, bridge: string): boolean {
  const text = host.files.read(INTERFACES) ?? '';
  if (!text.includes('bridge-disable-mac-learning')) return true;
  return !readInterfaces(text).ifaces[bridge]?.['bridge-disable-mac-learning'];
}
