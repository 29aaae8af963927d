/** The `hotplug` key: what may be plugged while the VM runs. */
import type { LiveHandler } from './index.js';

/** Memory and CPUs are laid out at the start, the rest of the key counts at once. */
export const hotplugChanges: LiveHandler = {
  keys: /^hotplug$/,
  async apply(_ctx, { value, current }) {
    return ![value, current.get('hotplug')].some((text) => /cpu|memory/.test(text ?? ''));
  },
};
