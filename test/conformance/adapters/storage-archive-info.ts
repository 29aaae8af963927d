import { archiveInfo } from '../../../src/storage/files/archive.js';

export default {
  suite: 'storage-archive-info',

  run({ archive }: { archive: string }) {
    try {
      return { value: archiveInfo(archive) };
    } catch (error) {
      return { error: `${(error as Error).message}\n` };
    }
  },
};
