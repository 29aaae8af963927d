import { array, rowsOf, string } from '../../../schema/props.js';
import { defineCommand } from '../../define.js';

export default defineCommand({
  summary: 'List or extract single files of a backup without restoring it.',
  description:
    'Without a path the disks of the backup and their file systems are listed, with one what lies there. A path begins with a disk and the number of a partition (0: the disk has none). Only those parts of the archive are read that are needed, also of an increment and its parents; a packed archive is unpacked below --tmpdir first, if there is room. The names of a path may hold *, ? and [ ]. Read are ext2, ext3, ext4 and vfat, as they were at the time of the backup: a journal is not replayed; with libguestfs-tools also xfs, btrfs, ntfs, iso9660 and volumes of LVM (disk/partition/group/volume/path), through a small machine that it boots. What is extracted keeps modes, owners, times and links, and nothing is written outside the folder.',
  args: {
    archive: string({ completes: 'volume', description: 'Volume id or path of the archive.' }),
    'extra-args': array(
      { type: 'string' },
      {
        optional: true,
        description: 'Paths, as disk/partition/path, e.g. scsi0/1/etc/hostname.',
      },
    ),
  },
  options: {
    to: string({
      completes: 'file',
      description: 'Extract to this folder of the machine, which is made where it is missing.',
    }),
    tmpdir: string({
      completes: 'file',
      default: '/var/tmp',
      description: 'Folder for a packed archive that has to be unpacked; it needs the room.',
    }),
  },
  effect: 'change',
  returns: rowsOf({
    path: { type: 'string' },
    type: { type: 'string' },
    size: { type: 'integer', optional: true, renderer: 'bytes' },
    label: { type: 'string', optional: true },
  }),
  columns: ['path', 'type', 'size', 'label'],
  examples: [
    {
      command: 'pave backup files local:backup/vzdump-qemu-100-….vma scsi0/1/etc',
      does: 'Lists the folder /etc of the first partition.',
    },
    {
      command:
        'pave backup files /mnt/vzdump-qemu-100-….vma.zst scsi0/1/etc/fstab --to /root/saved',
      does: 'Puts that file into /root/saved.',
    },
  ],
  async run(ctx, input) {
    const { backupFiles } = await import('../../../backup/files/index.js');
    const paths = input['extra-args'] ?? [];
    const { to } = input;
    if (ctx.host.dryRun) {
      for (const path of paths)
        ctx.host.note(
          to === undefined ? 'read' : 'change',
          to === undefined ? `list '${path}'` : `extract '${path}' to '${to}'`,
        );
      return undefined;
    }
    return await backupFiles(ctx, {
      archive: input.archive,
      paths,
      to,
      tmpdir: input.tmpdir,
    });
  },
});
