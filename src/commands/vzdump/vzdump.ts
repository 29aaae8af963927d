import { backupOptions, guestOptions } from '../../backup/vzdump/schema.js';
import { optionConflicts } from '../../backup/vzdump/verify.js';
import { boolean, list, matching } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Back up guests of this node.',
  description:
    'Gives the guests by id, or --all, --exclude or --pool. Each becomes an archive of its own; that one fails does not keep the others from being backed up, and makes the exit status non-zero.',
  args: {
    vmid: list('pve-vmid', {
      optional: true,
      completes: 'vm',
      description: 'The guests to back up.',
    }),
  },
  options: {
    ...guestOptions,
    ...backupOptions,
    'job-id': matching('\\S+', {
      maxLength: 50,
      description: 'The id of the job this belongs to; notifications carry it.',
    }),
    stdout: boolean({ description: 'Write the archive of one guest to standard output.' }),
  },
  effect: 'change',
  examples: [
    { command: 'vzdump 100 --compress zstd', does: 'Backs up VM 100 to the storage local.' },
    {
      command: 'vzdump --all --storage backup --mode snapshot --prune-backups keep-daily=7 --quiet',
      does: 'Backs up all guests of this node and keeps one archive a day for a week.',
    },
    { command: 'vzdump 100 --stdout | ssh box "cat > 100.vma"', does: 'Backs up to another host.' },
    { command: 'vzdump --stop', does: 'Stops the backup that runs on this node.' },
  ],
  files: ['/etc/vzdump.conf'],
  check: optionConflicts,
  async run(ctx, input) {
    const { runVzdump } = await import('../../backup/vzdump/run.js');
    await runVzdump(ctx, input);
  },
});
