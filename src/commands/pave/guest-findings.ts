/** What guests with UEFI, a TPM or limits need of this host. */
import { cpuHierarchy } from '../../qemu/runtime/cpu-limits.js';
import type { Context } from '../define.js';
import type { Finding } from './findings.js';

const OVMF = '/usr/share/OVMF/OVMF_CODE_4M.fd';

export function guestFindings(ctx: Context): Finding[] {
  return [firmware(ctx), cpuLimits(ctx)];
}

function firmware({ host }: Context): Finding {
  const common = { name: 'UEFI firmware', required: false } as const;
  return host.files.exists(OVMF)
    ? { ...common, state: 'ok', detail: `guests with bios: ovmf (${OVMF})` }
    : {
        ...common,
        state: 'missing',
        detail: 'not installed: guests with bios: ovmf',
        fix: 'apt install ovmf',
      };
}

function cpuLimits({ host }: Context): Finding {
  const common = { name: 'CPU limits', required: false } as const;
  const hierarchy = cpuHierarchy(host);
  return hierarchy === undefined
    ? {
        ...common,
        state: 'limited',
        detail:
          'no control group hierarchy with the cpu controller: cpulimit and cpuunits are refused',
        fix: 'mount -t cgroup2 none /sys/fs/cgroup',
      }
    : { ...common, state: 'ok', detail: `cgroup v${hierarchy.version} at ${hierarchy.mount}` };
}
