import { formatted, rowsOf, storeid, vmid } from '../../schema/props.js';
import { listVolumes } from '../../storage/index.js';
import type { ContentType } from '../../storage/types.js';
import { defineCommand } from '../define.js';

interface Row {
  volid: string;
  format: string;
  content: string;
  /** Bytes. */
  size: number;
  used?: number;
  vmid?: number;
  parent?: string;
  ctime?: number;
  notes?: string;
  protected?: 1;
  encrypted?: string;
  subtype?: string;
  verification?: { state: string; time: number; what: string; error?: string };
  needs?: string[];
}

const bytes = { type: 'integer', optional: true, renderer: 'bytes' } as const;
const text = { type: 'string', optional: true } as const;

export default defineCommand({
  summary: 'List the volumes of a storage.',
  args: { storage: storeid({ completes: 'storage-enabled' }) },
  options: {
    content: formatted('pve-storage-content', { description: 'Only volumes of this type.' }),
    vmid: vmid({ description: 'Only volumes of this guest.' }),
  },
  fixed: { node: '<localnode>' },
  effect: 'read',
  returns: rowsOf({
    volid: { type: 'string' },
    format: { type: 'string' },
    content: text,
    size: bytes,
    used: bytes,
    vmid: { type: 'integer', optional: true },
    parent: text,
    ctime: { type: 'integer', optional: true, renderer: 'timestamp' },
    notes: text,
    protected: { type: 'boolean', optional: true },
    encrypted: text,
    subtype: text,
    verification: {
      type: 'object',
      optional: true,
      properties: {
        state: { type: 'string' },
        time: { type: 'integer', renderer: 'timestamp' },
        what: { type: 'string' },
        error: text,
      },
    },
    needs: { type: 'array', optional: true, items: { type: 'string' } },
  }),
  text: listText,
  examples: [
    { command: 'pvesm list local', does: 'Shows everything on local.' },
    { command: 'pvesm list local --content iso', does: 'Shows the ISO images.' },
  ],
  async run(ctx, { storage, content, vmid }): Promise<Row[]> {
    const volumes = await listVolumes(ctx, storage, {
      vmid,
      content: content === undefined ? undefined : [content as ContentType],
    });
    return volumes.map(({ protected: kept, ...volume }) => ({
      ...volume,
      ...(kept ? { protected: 1 as const } : {}),
    }));
  },
});

/**
 * The original's columns: what belongs to guests first, then the rest by format. A further one says
 * of backups what their last verification found, where there was one.
 */
function listText(rows: Row[]): string {
  const width = Math.max(0, ...rows.map(({ volid }) => volid.length));
  const digits = String(Math.max(0, ...rows.map(({ size }) => size))).length;
  const line = (volid: string, format: string, type: string, size: string, rest: string) =>
    `${volid.padEnd(width)} ${format.padEnd(7)} ${type.padEnd(9)} ${size.padStart(digits)}${rest}`;
  const row = (volume: Row) =>
    line(
      volume.volid,
      volume.format,
      volume.content,
      String(volume.size),
      (volume.vmid ? ` ${volume.vmid}` : '') +
        (volume.verification === undefined ? '' : ` ${verdict(volume.verification)}`),
    );
  const verdict = ({ state, what }: NonNullable<Row['verification']>) =>
    `${state === 'ok' ? 'verified' : 'BAD'}(${what})`;
  const others = rows.filter(({ vmid }) => !vmid);
  others.sort((a, b) => (a.format < b.format ? -1 : a.format > b.format ? 1 : 0));
  return [
    line('Volid', 'Format', 'Type', 'Size', ' VMID'),
    ...rows.filter(({ vmid }) => vmid).map(row),
    ...others.map(row),
  ].join('\n');
}
