import { STORAGE_CFG, scanSections } from '../../config/storage-cfg.js';
import { ParamError } from '../../errors.js';
import { splitList } from '../../schema/lists.js';
import { boolean, list, node, rowsOf, storeid } from '../../schema/props.js';
import { fixed } from '../../schema/render.js';
import { loadStorages, type StorageInfo, storageStatus, whyUnusable } from '../../storage/index.js';
import type { ContentType } from '../../storage/types.js';
import { type Context, defineCommand } from '../define.js';

interface Row {
  storage: string;
  type: string;
  content: string;
  enabled: 0 | 1;
  active: 0 | 1;
  shared: 0 | 1;
  /** Bytes. */
  total: number;
  used: number;
  avail: number;
  used_fraction?: number;
  formats?: { supported: readonly string[]; default: string };
}

const bytes = { type: 'integer', optional: true, renderer: 'bytes' } as const;
const flag = { type: 'boolean', optional: true } as const;

export default defineCommand({
  summary: 'Show all storages and how full they are.',
  args: {},
  options: {
    content: list('pve-storage-content', {
      description: 'Only storages that may hold one of these and can be used here.',
    }),
    enabled: boolean({ default: 0, description: 'Leave out disabled ones.' }),
    format: boolean({ default: 0, description: 'Tell the image formats too (not in the table).' }),
    storage: storeid({ description: 'Only this storage.' }),
    target: node({ description: 'Only shared storages that this node can use as well.' }),
  },
  fixed: { node: '<localnode>' },
  effect: 'read',
  returns: rowsOf({
    storage: { type: 'string' },
    type: { type: 'string' },
    content: { type: 'string' },
    enabled: flag,
    active: flag,
    shared: flag,
    total: bytes,
    used: bytes,
    avail: bytes,
    used_fraction: { type: 'number', optional: true, renderer: 'fraction_as_percentage' },
    formats: { type: 'object', optional: true },
  }),
  text: statusText,
  examples: [
    { command: 'pvesm status', does: 'Shows all storages.' },
    { command: 'pvesm status --content iso', does: 'Shows where ISO images may lie.' },
  ],
  async run(ctx, input): Promise<Row[]> {
    scanSections(ctx.store.read(STORAGE_CFG) ?? '', ctx.out.warn);
    const content =
      input.content === undefined ? undefined : (splitList(input.content) as ContentType[]);
    const found = await storageStatus(ctx, { content, storeid: input.storage });
    if (input.storage !== undefined && found.length === 0)
      throw new ParamError({ storage: 'No such storage.' });
    for (const { storeid, reason } of found)
      if (reason !== undefined) ctx.out.warn(withId(storeid, reason));
    return found
      .filter((info) => isWanted(ctx, info, input))
      .sort((a, b) => (a.storeid < b.storeid ? -1 : 1))
      .map((info) => rowOf(info, input.format === true));
  },
});

function withId(storeid: string, reason: string): string {
  return reason.includes(`'${storeid}'`) ? reason : `storage '${storeid}': ${reason}`;
}

function isWanted(
  ctx: Context,
  info: StorageInfo,
  input: { enabled?: boolean | undefined; target?: string | undefined },
): boolean {
  const storage = loadStorages(ctx).get(info.storeid)!;
  if (input.enabled && storage.disable) return false;
  const { target } = input;
  if (target === undefined || target === 'localhost' || target === ctx.store.node) return true;
  const usable = (node: string) => whyUnusable(ctx, { ...storage, disable: false }, node);
  return info.shared && usable(ctx.store.node) === undefined && usable(target) === undefined;
}

function rowOf(info: StorageInfo, withFormats: boolean): Row {
  const { total, used } = info;
  return {
    storage: info.storeid,
    type: info.type,
    content: info.content.join(','),
    enabled: info.enabled ? 1 : 0,
    active: info.active ? 1 : 0,
    shared: info.shared ? 1 : 0,
    total,
    used,
    avail: info.available,
    ...(total > 0 ? { used_fraction: used / total } : {}),
    ...(withFormats ? { formats: info.formats } : {}),
  };
}

/** The original's columns. */
function statusText(rows: Row[]): string {
  const width = Math.max(0, ...rows.map(({ storage }) => storage.length)) + 1;
  const line = (...[name, type, status, total, used, avail, percent]: string[]) =>
    `${name!.padEnd(width)} ${type!.padStart(10)} ${status!.padStart(10)} ${total!.padStart(15)} ${used!.padStart(15)} ${avail!.padStart(15)} ${percent!.padStart(8)}`;
  const kib = (size: number) => String(Math.trunc(size / 1024));
  return [
    line('Name', 'Type', 'Status', 'Total (KiB)', 'Used (KiB)', 'Available (KiB)', '%'),
    ...rows.map((row) =>
      line(
        row.storage,
        row.type,
        row.enabled ? (row.active ? 'active' : 'inactive') : 'disabled',
        kib(row.total),
        kib(row.used),
        kib(row.avail),
        row.enabled ? `${fixed(row.total > 0 ? (row.used * 100) / row.total : 0, 2)}%` : 'N/A',
      ),
    ),
  ].join('\n');
}
