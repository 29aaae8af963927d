import { kernelVersion } from '../../../src/host/kernel.js';

export default {
  suite: 'common-procfs',

  run(input: { version: string }): unknown {
    const { major, minor, patch, extra, full } = kernelVersion(input.version);
    // A version without further text: the original gives nothing for it, but '' for no version.
    return [major, minor, patch, full !== '' && extra === '' ? null : extra, full];
  },
};
