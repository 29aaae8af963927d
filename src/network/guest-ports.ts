/**
 * Guests stay on their bridges while the network is changed. ifupdown2 as Debian has it takes every port
 * off a bridge that the file does not name; ifupdown makes a changed bridge anew.
 */
import { messageOf } from '../errors.js';
import type { Host } from '../host/types.js';
import { INTERFACES, readLinks } from './files.js';
import { readInterfaces } from './interfaces/read.js';
import { type LinuxPort, moveToLinux, moveToOvs, type PortVlans } from './moved-ports.js';
import { joinFilterBridge } from './port/index.js';
import {
  bridgeOf,
  exists,
  isLinuxBridge,
  isVlanAware,
  netPath,
  stopLearning,
} from './port/link.js';
import { addOvsPort, isOvsBridge, type OvsPort, ovsPorts } from './port/ovs.js';
import { makeVlanBridge } from './port/vlan-bridge.js';

/** Taps, containers' ends, and what leads from a firewall's bridge to the guest's. */
const GUEST_PORT = /^(?:tap|veth)\d+i\d+$|^fwpr\d+p\d+$|^fwln\d+o\d+$/;

export type GuestPort = LinuxPort | OvsPort;

/** The guests' ports that are on bridges now. */
export async function guestPorts(host: Host): Promise<GuestPort[]> {
  const onOvs = (await ovsPorts(host)).filter(({ name }) => GUEST_PORT.test(name));
  return [...(await linuxPorts(host)), ...onOvs];
}

async function linuxPorts(host: Host): Promise<LinuxPort[]> {
  const links = Object.values(await readLinks(host)).filter(
    ({ ifname, master }) =>
      GUEST_PORT.test(ifname) && master !== undefined && isLinuxBridge(host, master),
  );
  const aware = links.some(({ master }) => isVlanAware(host, master!));
  const shown = aware
    ? await host.run(['bridge', '-compressvlans', '-json', 'vlan', 'show'], { effect: 'read' })
    : undefined;
  const vlans = new Map(
    (JSON.parse(shown?.stdout || '[]') as PortVlans[]).map((port) => [port.ifname, port.vlans]),
  );
  const ports: LinuxPort[] = [];
  for (const { ifname: name, master } of links) {
    const bridge = master!;
    const port = { name, bridge, vlans: isVlanAware(host, bridge) ? (vlans.get(name) ?? []) : [] };
    const learns = host.files.read(netPath(name, 'brport/learning'))?.trim() !== '0';
    ports.push(learns ? port : { ...port, macs: await staticMacs(host, name) });
  }
  return ports;
}

async function staticMacs(host: Host, name: string): Promise<string[]> {
  const shown = await host.run(['bridge', '-json', 'fdb', 'show', 'dev', name], { effect: 'read' });
  const entries = JSON.parse(shown.stdout || '[]') as { mac: string; state?: string }[];
  return [...new Set(entries.filter(({ state }) => state === 'static').map(({ mac }) => mac))];
}

/**
 * Puts back on its bridge, with its VLANs, what is not on it any more. The caller holds the lock.
 * @returns what did not work, a line each: one guest must not keep the others from it
 */
export async function putGuestsBack(host: Host, ports: readonly GuestPort[]): Promise<string[]> {
  const problems: string[] = [];
  const attempt = async (name: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      problems.push(`guest's port ${name}: ${messageOf(error)}`);
    }
  };
  const ofOvs = ports.filter((port) => 'trunks' in port);
  const now = new Map(
    ofOvs.length === 0 ? [] : (await ovsPorts(host)).map((port) => [port.name, port]),
  );
  for (const port of ofOvs)
    await attempt(port.name, () =>
      isLinuxBridge(host, port.bridge)
        ? moveToLinux(host, port)
        : putBackOvs(host, port, now.get(port.name)),
    );
  const { ifaces } = readInterfaces(host.files.read(INTERFACES) ?? '');
  for (const port of ports) {
    if ('trunks' in port) continue;
    const [, base, tag] = /^(.+)v(\d+)$/.exec(port.bridge) ?? [];
    // The bridge of a tag is in no file; the card it sends through may have been made anew.
    const ofTag = base !== undefined && ifaces[port.bridge] === undefined && exists(host, base);
    const bridge = ofTag ? base : port.bridge;
    if (exists(host, bridge) && !isLinuxBridge(host, bridge) && (await isOvsBridge(host, bridge))) {
      await attempt(port.name, () =>
        moveToOvs(host, port, ofTag ? { base, tag: Number(tag) } : undefined),
      );
      continue;
    }
    if (ofTag) await attempt(port.name, () => makeVlanBridge(host, base, Number(tag)));
    await attempt(port.name, () => putBackLinux(host, port));
  }
  return problems;
}

async function putBackLinux(host: Host, port: LinuxPort): Promise<void> {
  const { name, bridge, vlans, macs } = port;
  if (bridgeOf(host, name) === bridge || !exists(host, name) || !isLinuxBridge(host, bridge))
    return;
  const run = (...argv: string[]) =>
    host.run(argv, { effect: 'change', purpose: 'keep the guest on its bridge' });
  await run('ip', 'link', 'set', 'dev', name, 'master', bridge, 'up');
  if (isVlanAware(host, bridge) && vlans.length > 0) {
    await run('bridge', 'vlan', 'del', 'dev', name, 'vid', '1-4094');
    for (const { vlan, vlanEnd, flags = [] } of vlans) {
      const range = vlanEnd === undefined ? String(vlan) : `${vlan}-${vlanEnd}`;
      const words = [
        ...(flags.includes('PVID') ? ['pvid'] : []),
        ...(flags.includes('Egress Untagged') ? ['untagged'] : []),
      ];
      await run('bridge', 'vlan', 'add', 'dev', name, 'vid', range, ...words);
    }
  }
  if (macs === undefined) return;
  stopLearning(host, name);
  for (const mac of macs)
    await run('bridge', 'fdb', 'append', mac, 'dev', name, 'master', 'static');
}

async function putBackOvs(host: Host, port: OvsPort, now: OvsPort | undefined): Promise<void> {
  const { name, bridge, internal } = port;
  if (JSON.stringify(now) === JSON.stringify(port) && exists(host, name)) return;
  if (!exists(host, bridge)) return;
  // An internal one is gone with its bridge; a tap that is gone has no guest any more.
  const filter = name.replace(/^fwln(\d+)o(\d+)$/, 'fwbr$1i$2');
  if (!exists(host, internal ? filter : name)) return;
  const trunks = port.trunks.length === 0 ? undefined : port.trunks.join(';');
  await addOvsPort(host, bridge, name, { tag: port.tag, trunks }, internal);
  if (internal) await joinFilterBridge(host, name, filter);
}
