/** A running guest's block nodes, as QEMU tells them, and what a backup puts beside them. */
import { PaveError } from '../../errors.js';
import type { Qmp } from '../../qemu/qmp/client.js';

/** Names of everything a backup makes in QEMU begin so; node names have 31 characters at most. */
export const NODE_PREFIX = 'pave-bk-';
export const JOB_PREFIX = 'pave-backup-';
export const BITMAP_PREFIX = 'pave-since-';
/** What a bitmap said at one moment. */
export const TEMPORARY_BITMAP = 'pave-now-';

export interface DirtyBitmap {
  name: string;
  /** Dirty bytes. */
  count: number;
  granularity: number;
  recording: boolean;
  busy?: boolean;
  inconsistent?: boolean;
}

export interface LiveNode {
  /** The format node: below the guest's own limits on I/O, above the file. */
  node: string;
  /** Bytes the guest sees. */
  size: number;
  bitmaps: DirtyBitmap[];
  /** What it is stored in, where that is a file. */
  image?: LiveImage | undefined;
}

export interface LiveImage {
  /** raw, qcow2, … */
  format: string;
  /** As the machine knows it. */
  path: string;
  /** Bytes that the file takes up. */
  allocated: number;
}

interface NamedNode {
  'node-name': string;
  drv: string;
  file: string;
  image: { 'virtual-size': number; 'actual-size'?: number };
  'dirty-bitmaps'?: DirtyBitmap[];
}

interface Graph {
  nodes: { id: number; name: string }[];
  edges: { parent: number; child: number; name: string }[];
}

/** The node that holds a drive's content. @throws PaveError where the guest has no such drive */
export async function liveNodes(qmp: Qmp, keys: readonly string[]): Promise<Map<string, LiveNode>> {
  const named = await qmp.execute<NamedNode[]>('query-named-block-nodes', { flat: true });
  const graph = await qmp.execute<Graph>('x-debug-query-block-graph');
  const byName = new Map(named.map((node) => [node['node-name'], node]));
  const found = new Map<string, LiveNode>();
  for (const key of keys) {
    const top = byName.get(`drive-${key}`);
    if (top === undefined)
      throw new PaveError(`${key}: the running guest does not have this disk`, {
        hint: 'restart the guest, or attach the disk to it',
      });
    const name =
      top.drv === 'throttle' ? childOf(graph, top['node-name'], 'file') : top['node-name'];
    const node = byName.get(name ?? '') ?? top;
    found.set(key, {
      node: node['node-name'],
      size: node.image['virtual-size'],
      bitmaps: node['dirty-bitmaps'] ?? [],
      image: imageOf(node, byName.get(childOf(graph, node['node-name'], 'file') ?? '')),
    });
  }
  return found;
}

function imageOf(node: NamedNode, file: NamedNode | undefined): LiveImage | undefined {
  const allocated = file?.image['actual-size'];
  if (file?.drv !== 'file' || allocated === undefined) return undefined;
  return { format: node.drv, path: file.file, allocated };
}

/** Dirty bytes of a bitmap; undefined where it is gone. Also while a job has its filter above the node. */
export async function bitmapCount(
  qmp: Qmp,
  node: string,
  bitmap: string,
): Promise<number | undefined> {
  const named = await qmp.execute<NamedNode[]>('query-named-block-nodes', { flat: true });
  const found = named.find((one) => one['node-name'] === node);
  return found?.['dirty-bitmaps']?.find(({ name }) => name === bitmap)?.count;
}

function childOf(graph: Graph, parent: string, child: string): string | undefined {
  const id = graph.nodes.find(({ name }) => name === parent)?.id;
  const edge = graph.edges.find((one) => one.parent === id && one.name === child);
  return graph.nodes.find((node) => node.id === edge?.child)?.name;
}

/**
 * Where a disk is pushed to: our server, or nothing at all once that is gone. A guest's write waits
 * for what it overwrites to be taken away; were our death an error, the guest would be told of it.
 */
export function targetNode(
  key: string,
  size: number,
  socket: string,
): { name: string; options: Record<string, unknown> } {
  const name = `${NODE_PREFIX}${key}`;
  return {
    name,
    options: {
      driver: 'quorum',
      'node-name': name,
      'vote-threshold': 1,
      'read-pattern': 'fifo',
      // Zeroes travel as a number, not as bytes.
      'detect-zeroes': 'on',
      children: [
        { driver: 'nbd', server: { type: 'unix', path: socket }, export: key },
        { driver: 'null-co', size },
      ],
    },
  };
}

export interface Job {
  id: string;
  status: string;
  error?: string;
}

/** Backup jobs of ours, whatever state they are in. */
export async function ourJobs(qmp: Qmp): Promise<Job[]> {
  const jobs = await qmp.execute<Job[]>('query-jobs');
  return jobs.filter(({ id }) => id.startsWith(JOB_PREFIX));
}

/**
 * Ends our jobs and takes our nodes away, so that the guest's block graph is as before. Does nothing
 * where there are none.
 */
export async function clearJobs(qmp: Qmp, sleep: (ms: number) => Promise<void>): Promise<boolean> {
  let found = false;
  for (let tries = 0; tries < 600; tries++) {
    const jobs = await ourJobs(qmp);
    if (jobs.length === 0) break;
    found = true;
    for (const { id, status } of jobs) {
      if (status === 'concluded') await qmp.execute('job-dismiss', { id });
      else if (status !== 'aborting')
        await qmp
          .execute('block-job-cancel', { device: id, force: true }, { timeoutMs: 60_000 })
          .catch(() => {});
    }
    await sleep(tries === 0 ? 5 : 100);
  }
  const named = await qmp.execute<NamedNode[]>('query-named-block-nodes', { flat: true });
  for (const { 'node-name': name, 'dirty-bitmaps': bitmaps } of named) {
    for (const bitmap of bitmaps ?? []) {
      if (bitmap.name?.startsWith(TEMPORARY_BITMAP))
        await qmp.execute('block-dirty-bitmap-remove', { node: name, name: bitmap.name });
    }
    if (!name.startsWith(NODE_PREFIX)) continue;
    found = true;
    await qmp.execute('blockdev-del', { 'node-name': name }, { timeoutMs: 60_000 });
  }
  return found;
}
