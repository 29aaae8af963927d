import { pruneBackupsFormat } from '../../schema/formats/properties.js';
import { parsePropertyString } from '../../schema/propertyString.js';
import { boolean, enumOf, integer, storeid, vmid } from '../../schema/props.js';
import { type PruneEntry, pruneBackups } from '../../storage/core/prune.js';
import { runTask } from '../../task/run.js';
import { defineCommand } from '../define.js';

const keep = (name: string) =>
  integer({
    minimum: 0,
    format_description: 'N',
    description: pruneBackupsFormat[name]!.description!,
  });

const KEEP = ['all', 'daily', 'hourly', 'last', 'monthly', 'weekly', 'yearly'] as const;

export default defineCommand({
  summary: 'Remove backups that are not to be kept.',
  description:
    'What is kept is told by the keep options, else by prune-backups of the storage. Only backups with a standard name are removed, and no protected ones.',
  args: { storage: storeid({ completes: 'storage-enabled' }) },
  options: {
    'dry-run': boolean({ description: 'Only show what would be removed.' }),
    'keep-all': boolean({ description: pruneBackupsFormat['keep-all']!.description! }),
    'keep-daily': keep('keep-daily'),
    'keep-hourly': keep('keep-hourly'),
    'keep-last': keep('keep-last'),
    'keep-monthly': keep('keep-monthly'),
    'keep-weekly': keep('keep-weekly'),
    'keep-yearly': keep('keep-yearly'),
    type: enumOf(['qemu', 'lxc'], { description: 'Only backups of guests of this kind.' }),
    vmid: vmid({ description: 'Only backups of this guest.' }),
  },
  fixed: { node: '<localnode>' },
  effect: 'change',
  returns: {
    type: 'object',
    properties: { dryrun: { type: 'boolean' }, list: { type: 'array', items: { type: 'object' } } },
  },
  text: previewText,
  examples: [
    {
      command: 'pvesm prune-backups local --keep-daily 7 --keep-weekly 4 --dry-run',
      does: 'Shows what would be kept.',
    },
  ],
  async run(ctx, input) {
    const { storage, vmid, type } = input;
    const given = KEEP.flatMap((period) => {
      const value = input[`keep-${period}`];
      return value === undefined ? [] : [`keep-${period}=${Number(value)}`];
    });
    const options = {
      keep: given.length === 0 ? undefined : parsePropertyString('prune-backups', given.join(',')),
      vmid,
      type,
    };
    if (input['dry-run']) {
      const list = await pruneBackups(ctx, storage, { ...options, preview: true, log: () => {} });
      return { dryrun: 1, list };
    }
    const id = `${vmid === undefined ? '' : `${vmid}@`}${storage}`;
    await runTask(ctx, { type: 'prunebackups', id }, async (task) => {
      await pruneBackups(task.ctx, storage, { ...options, log: task.log });
    });
    return { dryrun: 0, list: [] };
  },
});

function previewText({ dryrun, list }: { dryrun: number; list: PruneEntry[] }): string {
  if (!dryrun) return '';
  if (list.length === 0) return 'No backups found';
  const sorted = [...list].sort((a, b) => (a.vmid ?? -1) - (b.vmid ?? -1) || a.ctime - b.ctime);
  const width = Math.max(...list.map(({ volid }) => volid.length)) + 1;
  const line = (volid: string, id: string, mark: string) =>
    `${volid.padEnd(width)} ${id.padStart(15)} ${mark.padStart(10)}`;
  return [
    'NOTE: this is only a preview and might not be what a subsequent',
    'prune call does if backups are removed/added in the meantime.',
    '',
    line('Backup', 'Backup-ID', 'Prune-Mark'),
    ...sorted.map(({ volid, type, vmid, mark }) =>
      line(volid, vmid === undefined ? type : `${type}/${vmid}`, mark),
    ),
  ].join('\n');
}
