/** Memory of a running VM: modules plugged in and out, and the balloon. Source: qemu_memory_hotplug of the original. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import type { Draft } from '../command/draft.js';
import {
  fixedMemory,
  hugepagePath,
  hugepageSize,
  type MemoryModule,
  memoryModules,
  memoryOf,
  mostMemory,
} from '../command/memory.js';
import { NO_BALLOON } from '../command/unsupported.js';
import { type Qmp, withQmp } from '../qmp/client.js';
import { takePages } from '../runtime/hugepages.js';
import { draftOf, hotplugs } from './draft.js';
import type { LiveChange, LiveHandler } from './index.js';
import { unplugDevice } from './unplug.js';

const MIB = 1024 ** 2;

export const memoryChanges: LiveHandler = {
  keys: /^memory$/,
  async apply(ctx, change) {
    if (!hotplugs(change.current, 'memory')) return false;
    const now = memoryOf(change.current);
    const wanted = memoryOf(change.values);
    if (now === wanted) return true;
    const draft = await draftOf(ctx, change);
    const fixed = fixedMemory(draft);
    if (wanted < fixed) throw new PaveError(`memory can't be lower than ${fixed} MB`);
    if (wanted > mostMemory(draft))
      throw new PaveError(`you cannot add more memory than max mem ${mostMemory(draft)} MB!`);
    const { size, total } = memoryModules(draft, fixed, wanted).at(-1) ?? { size: 0, total: fixed };
    if (total !== wanted)
      throw new PaveError(`memory size (${wanted}) must be aligned to ${size} for hotplugging`);
    await withQmp(ctx.host, change.vmid, (qmp) =>
      wanted > now
        ? plug(ctx, qmp, change, draft, memoryModules(draft, fixed, wanted), now)
        : unplug(ctx, qmp, change, now, wanted),
    );
    return true;
  },
};

async function plug(
  ctx: Context,
  qmp: Qmp,
  change: LiveChange,
  draft: Draft,
  modules: readonly MemoryModule[],
  now: number,
): Promise<void> {
  for (const { name, size, node, total } of modules) {
    if (total <= now) continue;
    await takePages(ctx.host, pagesOf(draft, size, node), () =>
      qmp.execute('object-add', memoryBackend(draft, name, size), { timeoutMs: 60_000 }),
    );
    try {
      await qmp.execute('device_add', { driver: 'pc-dimm', id: name, memdev: `mem-${name}`, node });
    } catch (error) {
      await qmp.execute('object-del', { id: `mem-${name}` });
      throw error;
    }
    change.reached(String(total));
  }
}

function pagesOf(draft: Draft, size: number, node: number) {
  if (draft.value('hugepages') === undefined) return [];
  const page = hugepageSize(draft, size);
  return [{ size: page, node, pages: size / page }];
}

function memoryBackend(draft: Draft, name: string, size: number): Record<string, unknown> {
  const common = { id: `mem-${name}`, size: size * MIB };
  if (draft.value('hugepages') === undefined)
    return { ...common, 'qom-type': 'memory-backend-ram' };
  const path = hugepagePath(hugepageSize(draft, size));
  return {
    ...common,
    'qom-type': 'memory-backend-file',
    'mem-path': path,
    share: true,
    prealloc: true,
  };
}

interface Dimm {
  id: string;
  /** Bytes. */
  size: number;
}

async function dimmsOf(qmp: Qmp): Promise<Dimm[]> {
  const devices = await qmp.execute<{ data: Dimm }[]>('query-memory-devices');
  const number = ({ id }: Dimm) => Number(/^dimm(\d+)$/.exec(id)?.[1]);
  return devices
    .map(({ data }) => data)
    .filter((dimm) => /^dimm\d+$/.test(dimm.id ?? ''))
    .sort((a, b) => number(b) - number(a));
}

async function unplug(
  ctx: Context,
  qmp: Qmp,
  change: LiveChange,
  now: number,
  wanted: number,
): Promise<void> {
  let total = now;
  for (const { id, size } of await dimmsOf(qmp)) {
    if (total <= wanted) return;
    ctx.out.line(`try to unplug memory dimm ${id}`);
    await unplugDevice(
      ctx,
      qmp,
      id,
      async () => !(await dimmsOf(qmp)).some((dimm) => dimm.id === id),
      () => `the guest does not let go of memory module ${id}`,
    );
    total -= size / MIB;
    await qmp.execute('object-del', { id: `mem-${id}` });
    change.reached(String(total));
  }
}

/** How much of its memory the guest may keep; only where it has a balloon, and keeps one. */
export const balloonChanges: LiveHandler = {
  keys: /^balloon$/,
  async apply(ctx, { vmid, value, current, values }) {
    if (current.get('balloon') === '0' || value === '0') return false;
    const target = Number(value ?? 0) || memoryOf(values);
    if (current.has('hugepages') && target < memoryOf(values)) throw new PaveError(NO_BALLOON);
    await withQmp(ctx.host, vmid, (qmp) => qmp.execute('balloon', { value: target * MIB }));
    return true;
  },
};
