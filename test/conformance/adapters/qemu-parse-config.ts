import { parseGuestConfig } from '../../../src/config/guest-config.js';
import { writeGuestConfig } from '../../../src/config/guest-config-write.js';
import { checkFileValue } from '../../../src/qemu/config/file-values.js';

export default {
  suite: 'qemu-parse-config',

  run(input: { conf: string; strict: boolean }, environment: { vmid: number }): unknown {
    const { vmid } = environment;
    try {
      const config = parseGuestConfig('qemu', input.conf, {
        name: `vm ${vmid}`,
        strict: input.strict,
        check: checkFileValue,
      });
      return { conf: writeGuestConfig(config) };
    } catch (error) {
      return { error: `${(error as Error).message}\n` };
    }
  },
};
