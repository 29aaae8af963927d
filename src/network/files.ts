/**
 * The files of the network configuration: what is in force, and the changes collected beside it.
 * Source: PVE::INotify (interfaces, interfaces.new), PVE::API2::Network.
 */
import { unifiedDiff } from '../host/diff.js';
import type { Host } from '../host/types.js';
import { readInterfaces } from './interfaces/read.js';
import type { Link, Links, NetworkConfig } from './interfaces/types.js';
import { writeInterfaces } from './interfaces/write.js';

export const INTERFACES = '/etc/network/interfaces';
/** Holds the whole configuration as it shall become; not there while nothing was changed. */
export const STAGED = '/etc/network/interfaces.new';
const LOCK = '/etc/network/.pve-interfaces.lock';

/** Holds off other changes of the configuration, the original's too; waits for at most 10 s. */
export async function withNetworkLock<T>(
  host: Host,
  work: () => Promise<T>,
  timeoutS = 10,
): Promise<T> {
  if (host.dryRun) return work();
  host.files.mkdir('/etc/network');
  const lock = await host.lock(LOCK, { timeoutS });
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** What the kernel has, by name. */
export async function readLinks(host: Host): Promise<Links> {
  const result = await host.run(['ip', '-details', '-json', 'link', 'show'], { effect: 'read' });
  const links = JSON.parse(result.stdout || '[]') as Link[];
  return Object.fromEntries(links.map((link) => [link.ifname, link]));
}

export function isUp(link: Link): boolean {
  return link.flags?.includes('UP') ?? false;
}

/** The configuration as it is being changed: the collected changes where there are any. */
export async function loadNetwork(host: Host, given?: Links): Promise<NetworkConfig> {
  const text = host.files.read(STAGED) ?? host.files.read(INTERFACES) ?? '';
  const links = given ?? (await readLinks(host));
  const active = Object.values(links)
    .filter(isUp)
    .map((link) => link.ifname);
  return readInterfaces(text, links, active);
}

export function hasIfupdown2(host: Host): boolean {
  return host.files.exists('/usr/share/ifupdown2');
}

/**
 * Collects a changed configuration in interfaces.new. One that says the same as what is in force
 * takes that file away: what was not changed is not even rewritten. The caller holds the lock.
 * @throws PaveError when it contradicts itself
 */
export function stage(
  host: Host,
  config: NetworkConfig,
  links: Links,
  warn: (text: string) => void,
): void {
  const ifupdown2 = hasIfupdown2(host);
  const text = writeInterfaces(config, { ifupdown2, warn, allProblems: true });
  const current = host.files.read(INTERFACES) ?? '';
  if (text === current || text === rewritten(current, links, ifupdown2)) host.files.unlink(STAGED);
  else {
    host.files.mkdir('/etc/network');
    host.files.write(STAGED, text);
  }
}

/** The file as it would be written without a change; undefined where it cannot be. */
function rewritten(text: string, links: Links, ifupdown2: boolean): string | undefined {
  try {
    return writeInterfaces(readInterfaces(text, links), { ifupdown2 });
  } catch {
    return undefined;
  }
}

/** What applying would change, as a unified diff; '' where nothing waits. */
export function stagedDiff(host: Host): string {
  const staged = host.files.read(STAGED);
  if (staged === undefined) return '';
  return unifiedDiff(INTERFACES, host.files.read(INTERFACES), staged);
}
