import { kernelVersion } from '../../../src/host/kernel.js';

export default {
  suite: 'common-procfs',

  run(input: { version: string }): unknown {
    const { major, minor, patch, extra, full } = kernelVersion(input.version);
    return [major, minor, patch, extra, full];
  },
};
