/** What a Windows guest is told to know about the hypervisor it runs on. Source: get_hyperv_enlightenments. */
import type { CpuFlags } from './cpu-flags.js';
import type { Draft } from './draft.js';

const REASON = 'automatic Hyper-V enlightenment for Windows';

/**
 * CPU flags that make Windows work well on this QEMU; none for other guests. Source: CPUConfig.pm
 * get_hyperv_enlightenments.
 */
export function hypervFlags(
  draft: Draft,
  gpuPassthrough: boolean,
  vendorId: string | undefined,
): CpuFlags {
  const flags: CpuFlags = new Map();
  const { windows } = draft;
  if (windows < 6 || (draft.value('bios') === 'ovmf' && windows < 8)) return flags;
  const set = (name: string, value?: string, reason = REASON) =>
    flags.set(name, { op: '', reason, ...(value === undefined ? {} : { value }) });

  if (vendorId !== undefined) set('hv_vendor_id', vendorId, 'custom hv_vendor_id set');
  else if (gpuPassthrough) set('hv_vendor_id', 'proxmox', 'NVIDIA workaround for GPU passthrough');

  if (draft.guard(2, 3)) {
    set('hv_spinlocks', '0x1fff');
    set('hv_vapic');
    set('hv_time');
  } else {
    set('hv_spinlocks', '0xffff');
  }
  if (draft.guard(2, 6)) for (const name of ['hv_reset', 'hv_vpindex', 'hv_runtime']) set(name);
  if (windows >= 7) {
    const reason = `${REASON} 7 and higher`;
    set('hv_relaxed', undefined, reason);
    if (draft.guard(2, 12)) {
      set('hv_synic', undefined, reason);
      set('hv_stimer', undefined, reason);
    }
    if (draft.guard(3, 1)) set('hv_ipi', undefined, reason);
  }
  if (draft.platform.cpuVendor === 'intel' && windows >= 11 && draft.guard(11, 0, 2))
    set('hv_evmcs', undefined, `${REASON} 11 on Intel host`);
  return flags;
}
