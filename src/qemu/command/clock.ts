/** Timers and the clock. Source: Cfg2Cmd/Timer.pm of the original. */
import type { Draft } from './draft.js';

/** Returns `-global` options; adds flags of machine and clock. */
export function clockArguments(draft: Draft): string[] {
  const globals: string[] = [];
  const windows = draft.windows;
  const acpi = draft.flag('acpi') ?? true;
  // Windows keeps the hardware clock in local time, and loses ticks.
  const localtime = draft.flag('localtime') ?? windows >= 5;
  const driftFix = draft.flag('tdf') ?? (windows >= 5 && acpi);
  if (windows >= 6) {
    if (!draft.stock || draft.arch === 'x86_64')
      globals.push('-global', 'kvm-pit.lost_tick_policy=discard');
    noHpet(draft);
  } else if (draft.ostype === 'l26' && draft.guard(10, 1, 0)) {
    noHpet(draft);
  }
  if (driftFix) draft.rtcFlags.push('driftfix=slew');
  const startdate = draft.value('startdate') ?? 'now';
  if (startdate !== 'now') draft.rtcFlags.push(`base=${startdate}`);
  else if (localtime) draft.rtcFlags.push('base=localtime');
  return globals;
}

function noHpet(draft: Draft): void {
  if (draft.machine.base !== 'virt') draft.machineFlags.push('hpet=off');
}
