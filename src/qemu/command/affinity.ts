/** Which CPUs of the host a VM may run on: QEMU is started through taskset. */
import { PaveError } from '../../errors.js';
import type { Draft } from './draft.js';

/** What goes in front of QEMU. @throws PaveError for CPUs the host does not have */
export function affinityArguments(draft: Draft): string[] {
  const list = draft.value('affinity');
  if (list === undefined) return [];
  if (draft.stock) checkAffinity(list, draft.facts.onlineCpus);
  return ['/usr/bin/taskset', '--cpu-list', '--all-tasks', list];
}

/** taskset itself would quietly leave out those that are not there. @throws PaveError */
export function checkAffinity(list: string, online: ReadonlySet<number> | undefined): void {
  if (online === undefined) return;
  const missing = [...numbersOf(list)].filter((cpu) => !online.has(cpu));
  if (missing.length === 0) return;
  throw new PaveError(`affinity: this host has no CPU ${missing.slice(0, 8).join(', ')}`, {
    hint: `its CPUs: ${[...online].join(',')}`,
  });
}

/** `0-3,6` as its numbers. Source: the kernel's list format. */
export function numbersOf(list: string): Set<number> {
  const found = new Set<number>();
  for (const part of list.trim().split(',')) {
    const [from, to] = part.split('-').map(Number);
    if (part === '' || from === undefined || Number.isNaN(from)) continue;
    for (let n = from; n <= (to ?? from); n++) found.add(n);
  }
  return found;
}
