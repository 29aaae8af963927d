/** CPU time and CPUs of a running VM. */
import { probePlatform } from '../../host/platform.js';
import { checkAffinity } from '../command/affinity.js';
import { onlineCpus } from '../command/host-facts.js';
import { applyLimits } from '../runtime/cpu-limits.js';
import type { LiveHandler } from './index.js';

export const limitChanges: LiveHandler = {
  keys: /^(cpulimit|cpuunits|affinity)$/,
  async apply(ctx, { vmid, pid, key, value, values }) {
    if (key === 'affinity') {
      const online = onlineCpus(ctx.host);
      if (value !== undefined) checkAffinity(value, online);
      // The kernel itself leaves out what the process may not use.
      const cpus = value ?? [...online].join(',');
      await ctx.host.run(['taskset', '--all-tasks', '--cpu-list', '--pid', cpus, String(pid)], {
        effect: 'change',
      });
      return true;
    }
    await applyLimits(ctx, vmid, pid, values, await probePlatform(ctx.host));
    return true;
  },
};
