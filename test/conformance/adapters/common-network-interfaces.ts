import { messageOf } from '../../../src/errors.js';
import { readInterfaces } from '../../../src/network/interfaces/read.js';
import type { Links, NetworkConfig } from '../../../src/network/interfaces/types.js';
import { writeInterfaces } from '../../../src/network/interfaces/write.js';

type Input =
  | { op: 'read'; text: string; ip_links: Links; active: string[] }
  | { op: 'write'; config: NetworkConfig };

export default {
  suite: 'common-network-interfaces',

  run(input: Input): unknown {
    if (input.op === 'read') {
      const { ifaces, options } = readInterfaces(input.text, input.ip_links, input.active);
      return { ifaces, options };
    }
    try {
      return writeInterfaces(input.config, { ifupdown2: true });
    } catch (error) {
      return { error: `${messageOf(error)}\n` };
    }
  },
};
