/** Host side of a VM's network cards: a tap device for each, on its bridge. */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { type PortSettings, plugPort, portProblem, unplugPort } from '../../network/port/index.js';
import { type Net, parseNet } from '../net.js';

export interface Nic {
  index: number;
  net: Net;
  /** Name of the host's device; only cards with a bridge have one. */
  tap: string | undefined;
}

/** The network cards of a config by number. */
export function nicsOf(vmid: number, values: ReadonlyMap<string, string>): Nic[] {
  const nics: Nic[] = [];
  for (const [key, text] of values) {
    const match = /^net(\d+)$/.exec(key);
    if (match === null) continue;
    const net = parseNet(text);
    const index = Number(match[1]);
    nics.push({ index, net, tap: net.bridge === undefined ? undefined : `tap${vmid}i${index}` });
  }
  return nics.sort((a, b) => a.index - b.index);
}

/** @throws PaveError naming every card that its bridge cannot take */
export async function checkBridges(host: Host, nics: readonly Nic[]): Promise<void> {
  const problems: { index: number; problem: PaveError }[] = [];
  for (const { index, net } of nics) {
    const settings = portSettings(net);
    const problem = settings === undefined ? undefined : await portProblem(host, settings);
    if (problem !== undefined) problems.push({ index, problem });
  }
  if (problems.length === 0) return;
  const text = problems.map(({ index, problem }) => `net${index}: ${problem.message}`).join('\n');
  const hint = problems.find(({ problem }) => problem.hint !== undefined)?.problem.hint;
  throw new PaveError(text, hint === undefined ? {} : { hint });
}

function portSettings(net: Net): PortSettings | undefined {
  if (net.bridge === undefined) return undefined;
  return {
    bridge: net.bridge,
    tag: net.tag === undefined ? undefined : Number(net.tag),
    trunks: net.trunks,
    firewall: Number(net.firewall ?? 0) === 1,
    rate: net.rate === undefined ? undefined : Number(net.rate),
    mac: net.macaddr,
  };
}

/**
 * Makes the tap and puts it on its bridge, with the bridge's MTU, its VLANs, rate and firewall bridge.
 * A left-over of that name goes first. Undone where it fails.
 */
export async function plugTap(host: Host, nic: Nic): Promise<void> {
  const { tap, net } = nic;
  const settings = portSettings(net);
  if (tap === undefined || settings === undefined) return;
  if (!isOurs(host, tap) && host.files.read(`/sys/class/net/${tap}/carrier`)?.trim() === '1')
    throw new PaveError(`'${tap}' is in use by a VM of the same id outside of '${host.root}'`);
  await unplugTap(host, tap);
  const several = Number(net.queues ?? 0) > 1 && net.model === 'virtio';
  const queues = several ? ['multi_queue'] : [];
  await host.run(['ip', 'tuntap', 'add', 'dev', tap, 'mode', 'tap', 'vnet_hdr', ...queues], {
    effect: 'change',
  });
  try {
    if (host.root !== '')
      await host.run(['ip', 'link', 'set', 'dev', tap, 'alias', `${OWNER}${host.root}`], {
        effect: 'change',
      });
    await plugPort(host, tap, settings);
  } catch (error) {
    await unplugTap(host, tap);
    throw error;
  }
}

/**
 * Below a root prefix the network is still the machine's own: a tap made there says so, and one of
 * another root, such as that of a VM of the machine itself with the same id, is left alone.
 */
const OWNER = 'pave:';

function isOurs(host: Host, tap: string): boolean {
  const alias = host.files.read(`/sys/class/net/${tap}/ifalias`)?.trim();
  // Only a part of it is left, which belongs to nobody any more.
  if (alias === undefined) return true;
  return (alias.startsWith(OWNER) ? alias.slice(OWNER.length) : '') === host.root;
}

/** Plugs the tap of a running VM in anew, as `to` has it; back as `from` has it where that fails. */
export async function replugTap(host: Host, from: Nic, to: Nic): Promise<void> {
  const { tap } = to;
  const [before, after] = [portSettings(from.net), portSettings(to.net)];
  if (tap === undefined || before === undefined || after === undefined) return;
  await unplugPort(host, tap);
  try {
    await plugPort(host, tap, after);
  } catch (error) {
    await unplugPort(host, tap);
    await plugPort(host, tap, before);
    throw error;
  }
}

/** Takes the tap away, and what was made for it; also where only a part is left. */
export async function unplugTap(host: Host, tap: string): Promise<void> {
  if (!partsOf(tap).some((name) => host.files.exists(`/sys/class/net/${name}`))) return;
  await unplugPort(host, tap);
  if (!host.files.exists(`/sys/class/net/${tap}`)) return;
  await host.run(['ip', 'link', 'del', 'dev', tap], { effect: 'change', allowExit: [1] });
}

function partsOf(tap: string): string[] {
  const id = tap.slice('tap'.length);
  return [tap, `fwbr${id}`, `fwln${id}`, `fwln${id.replace('i', 'o')}`];
}

/** Taps of our VM that are there now, whatever its config says; also those of which a part is left. */
export function presentTaps(host: Host, vmid: number): string[] {
  const pattern = new RegExp(`^(?:tap|fwbr|fwln)${vmid}[io](\\d+)$`);
  const found = new Set<string>();
  for (const name of host.files.list('/sys/class/net') ?? []) {
    const index = pattern.exec(name)?.[1];
    const tap = `tap${vmid}i${index}`;
    if (index !== undefined && isOurs(host, tap)) found.add(tap);
  }
  return [...found];
}
