/** Memory of a VM and its NUMA nodes. Source: Memory.pm of the original. */
import { PaveError } from '../../errors.js';
import { parsePropertyString } from '../../schema/propertyString.js';
import { cpuFormat, numaNFormat } from '../options/cpu.js';
import { memoryFormat } from '../options/memory.js';
import { topologyOf } from './cpu.js';
import type { Draft } from './draft.js';

const MAX_NODES = 8;
/** MiB a VM starts with where memory can be plugged in. */
const STATIC = 1024;
const MOST = 4 * 1024 * 1024;

/** MiB. */
export function memoryOf(values: ReadonlyMap<string, string>): number {
  const text = values.get('memory');
  if (text === undefined) return 512;
  return Number(parsePropertyString(memoryFormat, text).current);
}

/** The most memory (MiB) the processor can address: half of what its bits say, even bits only. */
export function mostMemory(draft: Draft): number {
  const cpu = draft.properties<{ cputype?: string; 'phys-bits'?: string }>('cpu', cpuFormat) ?? {};
  const emulated = draft.stock && !draft.kvm;
  const host = draft.facts.physAddressBits ?? 36;
  let bits = /^(host|max)$/.test(cpu.cputype ?? '') && !emulated ? host : Math.min(host, 40);
  if (cpu['phys-bits'] === 'host') bits = emulated ? bits : host;
  else if (cpu['phys-bits'] !== undefined) bits = Number(cpu['phys-bits']);
  return Math.min(MOST, Math.floor(2 ** (bits - (bits % 2) - 21)));
}

export interface Numa {
  cpus: [number, number | undefined][];
  memory?: number;
  hostnodes?: [number, number | undefined][];
  policy?: string;
}

function numberSets(text: string): [number, number | undefined][] {
  return text.split(';').map((part) => {
    const [from, to] = part.trim().split('-').map(Number);
    if (to !== undefined && to < from!) throw new PaveError(`invalid range: ${part}`);
    return [from!, to];
  });
}

function numaNode(draft: Draft, n: number): Numa | undefined {
  const given = draft.properties<Record<string, string>>(`numa${n}`, numaNFormat);
  if (given === undefined) return undefined;
  return {
    cpus: numberSets(given.cpus!),
    ...(given.memory === undefined ? {} : { memory: Number(given.memory) }),
    ...(given.hostnodes === undefined ? {} : { hostnodes: numberSets(given.hostnodes) }),
    ...(given.policy === undefined ? {} : { policy: given.policy }),
  };
}

/** The config's own nodes by number; none: memory is split evenly over the sockets. */
export function numaNodes(draft: Draft): Map<number, Numa> {
  const nodes = new Map<number, Numa>();
  for (let n = 0; n < MAX_NODES; n++) {
    const node = numaNode(draft, n);
    if (node !== undefined) nodes.set(n, node);
  }
  return nodes;
}

function rangeText([from, to]: [number, number | undefined]): string {
  return to === undefined ? String(from) : `${from}-${to}`;
}

/** `0,2-3`. @throws PaveError for a node the host does not have */
function hostNodes(draft: Draft, ranges: [number, number | undefined][]): string {
  for (const [from, to] of ranges)
    for (let node = from; node <= (to ?? from); node++) checkHostNode(draft, node);
  return ranges.map(rangeText).join(',');
}

function checkHostNode(draft: Draft, node: number): void {
  if (draft.facts.numaNodes?.has(node) === false)
    throw new PaveError(`host NUMA node${node} doesn't exist`);
}

/** Size of the huge pages (MiB) for a piece of memory. @throws PaveError */
export function hugepageSize(draft: Draft, size: number): number {
  const wanted = draft.value('hugepages')!;
  if (size <= 0 || size % 2 !== 0) {
    throw new PaveError(
      `memory size '${size}' is not a positive even integer; cannot use for hugepages`,
    );
  }
  const known = draft.facts.hugepageSizes;
  const supported = (mib: number) => known === undefined || known.has(mib);
  if (!supported(2) && !supported(1024))
    throw new PaveError("your system doesn't support hugepages");
  if (wanted === 'any') {
    if (supported(1024) && size % 1024 === 0) return 1024;
    if (supported(2)) return 2;
    throw new PaveError(
      `host only supports 1024 GB hugepages, but requested size '${size}' is not a multiple of 1024 MB`,
    );
  }
  if (!supported(Number(wanted)))
    throw new PaveError(`your system doesn't support hugepages of ${wanted} MB`);
  if (size % Number(wanted) !== 0) {
    throw new PaveError(
      `Memory size ${size} is not a multiple of the requested hugepages size ${wanted}`,
    );
  }
  return Number(wanted);
}

/** Where the huge pages of that size (MiB) are mounted. */
export function hugepagePath(mib: number): string {
  return `/run/hugepages/kvm/${mib * 1024}kB`;
}

/** `from`: of the host, where the memory comes from. */
function memoryObject(
  draft: Draft,
  id: string,
  size: number,
  from: { node: number; spread?: true },
): string {
  if (draft.value('hugepages') !== undefined) {
    const page = hugepageSize(draft, size);
    const path = hugepagePath(page);
    draft.hugepages.push({ size: page, ...from, pages: size / page });
    return `memory-backend-file,id=${id},size=${size}M,mem-path=${path},share=on,prealloc=yes`;
  }
  return id.startsWith('virtiofs-mem')
    ? `memory-backend-memfd,id=${id},size=${size}M,share=on`
    : `memory-backend-ram,id=${id},size=${size}M`;
}

export interface MemoryOptions {
  hotplug: boolean;
  /** Another process shares the guest's memory. */
  virtiofs: boolean;
}

/** `-m`, memory objects, `-numa`, plugged modules; may add a machine flag. @throws PaveError */
export function memoryArguments(draft: Draft, options: MemoryOptions): string[] {
  const memory = memoryOf(draft.values);
  const numa = draft.flag('numa') ?? false;
  const fixed = options.hotplug ? staticMemory(draft, memory, numa) : memory;
  const args = options.hotplug
    ? ['-m', `size=${fixed},slots=255,maxmem=${mostMemory(draft)}M`]
    : ['-m', String(fixed)];
  if (draft.value('hugepages') !== undefined && !numa)
    throw new PaveError(
      draft.stock
        ? 'hugepages: NUMA needs to be enabled to use them'
        : 'numa needs to be enabled to use hugepages',
    );
  if (options.hotplug && options.virtiofs)
    throw new PaveError('Memory hotplug does not work in combination with virtio-fs.');
  if (numa) {
    args.push(...nodeArguments(draft, fixed, options.virtiofs));
  } else if (options.virtiofs) {
    args.push('-object', `memory-backend-memfd,id=virtiofs-mem,size=${memory}M,share=on`);
    draft.machineFlags.push('memory-backend=virtiofs-mem');
  }
  if (options.hotplug) args.push(...modules(draft, fixed, memory));
  return args;
}

function staticMemory(draft: Draft, memory: number, numa: boolean): number {
  if (!numa) throw new PaveError('NUMA needs to be enabled for memory hotplug');
  const most = mostMemory(draft);
  if (memory > most) throw new PaveError(`Total memory is bigger than ${most}MB`);
  for (let n = 0; n < MAX_NODES; n++) {
    if (draft.value(`numa${n}`) !== undefined)
      throw new PaveError('cannot enable memory hotplugging with custom NUMA topology');
  }
  const fixed = fixedMemory(draft);
  if (memory < fixed) throw new PaveError(`minimum memory must be ${fixed}MB`);
  return fixed;
}

/** MiB that cannot be unplugged where memory can. */
export function fixedMemory(draft: Draft): number {
  return draft.value('hugepages') === '1024' ? STATIC * (draft.integer('sockets') || 1) : STATIC;
}

function nodeArguments(draft: Draft, fixed: number, virtiofs: boolean): string[] {
  const name = (n: number) => (virtiofs ? `virtiofs-mem${n}` : `ram-node${n}`);
  const nodes = numaNodes(draft);
  const args: string[] = [];
  let total = 0;
  for (const [n, node] of nodes) {
    if (!node.memory) throw new PaveError(`missing NUMA node${n} memory value`);
    total += node.memory;
    let object = memoryObject(draft, name(n), node.memory, hostNodeOf(node));
    if (node.hostnodes !== undefined) {
      const hosts = hostNodes(draft, node.hostnodes);
      if (node.policy === undefined)
        throw new PaveError(`you need to define a policy for hostnode ${hosts}`);
      object += `,host-nodes=${hosts},policy=${node.policy}`;
    } else if (draft.value('hugepages') !== undefined) {
      throw new PaveError('numa hostnodes need to be defined to use hugepages');
    }
    const cpus = node.cpus.map(rangeText).join(',cpus=');
    args.push('-object', object, '-numa', `node,nodeid=${n},cpus=${cpus},memdev=${name(n)}`);
  }
  if (nodes.size > 0) {
    if (total !== fixed)
      throw new PaveError(
        draft.stock
          ? `numa: the memory of all nodes must be the VM's ${fixed} MB, it is ${total} MB`
          : 'total memory for NUMA nodes must be equal to vm static memory',
      );
    return args;
  }
  const { sockets, cores } = topologyOf(draft);
  for (let n = 0; n < sockets; n++) {
    if (draft.value('hugepages') !== undefined) checkHostNode(draft, n);
    const first = cores * n;
    const cpus = cores > 1 ? `${first}-${first + cores - 1}` : String(first);
    args.push('-object', memoryObject(draft, name(n), fixed / sockets, { node: n }));
    args.push('-numa', `node,nodeid=${n},cpus=${cpus},memdev=${name(n)}`);
  }
  return args;
}

/** Where the host takes the node's huge pages from. */
function hostNodeOf({ hostnodes }: Numa): { node: number; spread?: true } {
  const [first, ...others] = hostnodes ?? [];
  const range = first?.[1] !== undefined && first[1] !== first[0];
  return { node: first?.[0] ?? 0, ...(others.length > 0 || range ? { spread: true } : {}) };
}

export interface MemoryModule {
  name: string;
  /** MiB. */
  size: number;
  node: number;
  /** MiB of the VM with this module and all before it. */
  total: number;
}

/**
 * The modules that bring a VM from its fixed memory to `memory` (MiB): 32 of each size, doubling
 * from 512 MiB, spread over the NUMA nodes in turn.
 */
export function memoryModules(draft: Draft, fixed: number, memory: number): MemoryModule[] {
  const found: MemoryModule[] = [];
  const custom = [...numaNodes(draft).keys()];
  const sockets = draft.integer('sockets') || 1;
  const nodes = custom.length > 0 ? custom : Array.from({ length: sockets }, (_, n) => n);
  let size = draft.value('hugepages') === '1024' ? 1024 : 512;
  let total = fixed;
  for (let group = 0; group < 8; group++, size *= 2) {
    for (let i = 0; i < 32; i++) {
      if (total >= memory) return found;
      total += size;
      found.push({ name: `dimm${found.length}`, size, node: nodes[i % nodes.length]!, total });
    }
  }
  return found;
}

function modules(draft: Draft, fixed: number, memory: number): string[] {
  return memoryModules(draft, fixed, memory).flatMap(({ name, size, node, total }) => {
    if (total > memory)
      throw new PaveError(`memory size (${memory}) must be aligned to ${size} for hotplugging`);
    return [
      '-object',
      // Guest and host nodes are the same here: such a VM has no nodes of its own.
      memoryObject(draft, `mem-${name}`, size, { node }),
      '-device',
      `pc-dimm,id=${name},memdev=mem-${name},node=${node}`,
    ];
  });
}
