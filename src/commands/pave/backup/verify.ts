import { PaveError } from '../../../errors.js';
import { boolean, integer, rowsOf, storeid, string, vmid } from '../../../schema/props.js';
import { defineCommand } from '../../define.js';

interface Row {
  archive: string;
  state: string;
  what: string;
  error?: string;
}

export default defineCommand({
  summary: 'Check backups of virtual machines: every checksum, or by starting them.',
  description:
    'Reads each archive, and for an increment all those it needs, to the end. The verdict is kept beside the archive, <archive>.verified, and shown by pvesm list. The exit status is 0 only when all are good.',
  args: {
    archive: string({
      optional: true,
      completes: 'volume',
      description: 'Volume id or path of the archive.',
    }),
  },
  options: {
    all: boolean({ default: false, description: 'All backups of virtual machines on this node.' }),
    storage: storeid({
      completes: 'storage-enabled',
      description: 'With --all: only those on this storage.',
    }),
    vmid: vmid({ description: 'With --all: only those of this machine.' }),
    'restore-test': boolean({
      default: false,
      description:
        'Restore the archive to a free id, start it without network, wait until it is up, and remove it again.',
    }),
    'restore-storage': storeid({
      completes: 'storage-enabled',
      description: 'Where the test restores to; the storages named in the backup where left out.',
    }),
    timeout: integer({
      minimum: 1,
      default: 300,
      description: 'Seconds a started machine may take until it is up.',
    }),
    'serial-text': string({
      description:
        'The machine is up when its first serial port has shown this; without it, when its agent answers or the serial port shows a login prompt.',
    }),
  },
  effect: 'change',
  returns: rowsOf({
    archive: { type: 'string' },
    state: { type: 'string' },
    what: { type: 'string' },
    error: { type: 'string', optional: true },
  }),
  exitCode: (rows: Row[]) => (rows.every(({ state }) => state === 'ok') ? 0 : 1),
  check: ({ archive, all, storage, vmid: owner }) => ({
    ...(archive === undefined && !all ? { archive: 'name an archive, or --all' } : {}),
    ...(archive !== undefined && all ? { all: 'an archive was named' } : {}),
    ...(!all && storage !== undefined ? { storage: 'only with --all' } : {}),
    ...(!all && owner !== undefined ? { vmid: 'only with --all' } : {}),
  }),
  examples: [
    { command: 'pave backup verify --all', does: 'Checks all checksums of all backups.' },
    {
      command: 'pave backup verify local:backup/vzdump-qemu-100-….vma.zst --restore-test',
      does: 'Also restores and starts it.',
    },
  ],
  async run(ctx, input): Promise<Row[]> {
    const { verifyBackups } = await import('../../../backup/verify-backups.js');
    const rows = await verifyBackups(ctx, input);
    if (rows.length === 0) throw new PaveError('there are no backups to check');
    return rows;
  },
});
