/**
 * Huge pages for a VM's memory: taken from the host before QEMU starts, and given back to it as
 * QEMU's pages once they are QEMU's, so that they go with it. Source: hugepages_* of the original's Memory.pm.
 */
import { PaveError } from '../../errors.js';
import type { FileLock, Host } from '../../host/types.js';
import { hugepagePath } from '../command/memory.js';
import type { HugepageNeed } from '../command/types.js';
import type { Companion } from './companions.js';
import { runFile } from './state.js';

const LOCK = '/var/lock/hugepages.lck';

/** Pages of a node as they were before a start: `size`, `node`, `pages`. */
type Before = HugepageNeed[];

/** By VM: nobody else counts pages between our counting and QEMU's taking them. */
const held = new Map<number, FileLock>();

export const hugepages: Companion = {
  what: 'the huge pages',
  async prepare({ host }, { vmid, built }) {
    const needs = sumUp(built.hugepages ?? []);
    if (needs.length === 0) return;
    if (built.hugepages?.some(({ spread }) => spread))
      throw new PaveError(
        'more than 1 hostnode value in numa node is not supported when hugepages are enabled',
      );
    if (!host.dryRun) held.set(vmid, await host.lock(LOCK, { timeoutS: 60 }));
    for (const size of new Set(needs.map((need) => need.size))) await mountPages(host, size);
    const before: Before = needs.map((need) => ({ ...need, pages: count(host, need, 'nr') }));
    // Should we be killed, the clean-up finds here what to go back to.
    host.files.write(runFile(vmid, 'hugepages'), JSON.stringify(before));
    for (const need of needs) take(host, need);
  },
  started({ host }, { vmid, values, built }) {
    // QEMU holds its pages: without a place in the pool they end with it.
    const sizes = new Set((built.hugepages ?? []).map(({ size }) => size));
    if (values.get('keephugepages') !== '1')
      for (const size of sizes)
        host.files.control(`${poolOf(size)}/nr_hugepages`, String(configuredPages(host, size)));
    finish(host, vmid);
  },
  remove({ host }, vmid) {
    const text = host.files.read(runFile(vmid, 'hugepages'));
    if (text !== undefined)
      for (const page of JSON.parse(text) as Before)
        host.files.control(`${nodePool(page)}/nr_hugepages`, String(page.pages));
    finish(host, vmid);
  },
};

/** Pages for memory that is plugged into a running VM: there while `work` takes them. */
export async function takePages<T>(
  host: Host,
  needs: readonly HugepageNeed[],
  work: () => Promise<T>,
): Promise<T> {
  if (needs.length === 0) return await work();
  const lock = await host.lock(LOCK, { timeoutS: 60 });
  const before: Before = needs.map((need) => ({ ...need, pages: count(host, need, 'nr') }));
  try {
    for (const need of needs) take(host, need);
    const done = await work();
    for (const { size } of needs)
      host.files.control(`${poolOf(size)}/nr_hugepages`, String(configuredPages(host, size)));
    return done;
  } catch (error) {
    for (const page of before)
      host.files.control(`${nodePool(page)}/nr_hugepages`, String(page.pages));
    throw error;
  } finally {
    lock.release();
  }
}

function finish(host: Host, vmid: number): void {
  host.files.unlink(runFile(vmid, 'hugepages'));
  held.get(vmid)?.release();
  held.delete(vmid);
}

function sumUp(needs: readonly HugepageNeed[]): HugepageNeed[] {
  const sums: HugepageNeed[] = [];
  for (const { size, node, pages } of needs) {
    const sum = sums.find((one) => one.size === size && one.node === node);
    if (sum === undefined) sums.push({ size, node, pages });
    else sum.pages += pages;
  }
  return sums;
}

function poolOf(size: number): string {
  return `/sys/kernel/mm/hugepages/hugepages-${size * 1024}kB`;
}

function nodePool({ size, node }: Pick<HugepageNeed, 'size' | 'node'>): string {
  return `/sys/devices/system/node/node${node}/hugepages/hugepages-${size * 1024}kB`;
}

function count(host: Host, need: HugepageNeed, what: 'nr' | 'free'): number {
  return Number(host.files.read(`${nodePool(need)}/${what}_hugepages`)?.trim() ?? 0);
}

/** @throws PaveError when the host has not enough memory in one piece */
function take(host: Host, need: HugepageNeed): void {
  const missing = need.pages - count(host, need, 'free');
  if (missing <= 0) return;
  const file = `${nodePool(need)}/nr_hugepages`;
  // Asking the kernel for more than there is would take the memory of everybody else first.
  const possible = missing * need.size <= reclaimable(host, need.node);
  if (possible) host.files.control(file, String(count(host, need, 'nr') + missing));
  if (possible && host.dryRun) return;
  const free = count(host, need, 'free');
  if (free >= need.pages) return;
  throw new PaveError(
    `hugepages: the VM needs ${need.pages} pages of ${need.size} MiB on NUMA node ${need.node}, the host has ${free} free and cannot make enough more`,
    {
      hint: `give the VM less memory or smaller pages, or reserve them at boot: hugepagesz=${need.size}M hugepages=${need.pages} on the kernel's command line`,
    },
  );
}

/** MiB of a node that are free or only cache files. */
function reclaimable(host: Host, node: number): number {
  const text = host.files.read(`/sys/devices/system/node/node${node}/meminfo`);
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const kib = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1] ?? 0);
  return (kib('MemFree') + kib('FilePages') + kib('SReclaimable')) / 1024;
}

async function mountPages(host: Host, size: number): Promise<void> {
  const path = hugepagePath(size);
  const mounts = host.files.read('/proc/self/mounts') ?? '';
  if (mounts.includes(` ${path} hugetlbfs `)) return;
  // The path is on QEMU's command line: it is the machine's, whatever our root is.
  await host.run(['mkdir', '-p', path], { effect: 'change' });
  await host.run(
    ['mount', '-t', 'hugetlbfs', '-o', `pagesize=${size * 1024}k`, 'hugetlbfs', path],
    { effect: 'change' },
  );
}

/** Pages the kernel was told to keep at boot. */
export function configuredPages(host: Host, size: number): number {
  let at = 2;
  for (const word of (host.files.read('/proc/cmdline') ?? '').trim().split(/\s+/)) {
    const match = /^(?:hugepagesz=(2M|1G|1024M)|hugepages=(\d+))$/.exec(word);
    if (match?.[1] !== undefined) at = match[1] === '2M' ? 2 : 1024;
    else if (match?.[2] !== undefined && at === size) return Number(match[2]);
  }
  return 0;
}
