/** The agent key of a running VM: what only we read of it counts at once. */
import { parsePropertyString } from '../../schema/propertyString.js';
import { agentFormat } from '../options/general.js';
import type { LiveHandler } from './index.js';

export const agentChanges: LiveHandler = {
  keys: /^agent$/,
  async apply(_ctx, { value, current }) {
    const was = current.get('agent');
    if (was === undefined || value === undefined) return false;
    const device = (text: string) => {
      const { fstrim_cloned_disks: _, ...rest } = parsePropertyString(agentFormat, text);
      return JSON.stringify(Object.entries(rest).sort());
    };
    return device(was) === device(value);
  },
};
