/** Conditions over several options of a backup. Source: VZDump.pm verify_vzdump_parameters. */
import { messageOf } from '../../errors.js';
import { checkNotesTemplate } from './notes.js';
import type { VzdumpInput } from './run.js';

/** Option -> reason, for all that does not fit. */
export function optionConflicts(input: VzdumpInput): Record<string, string> {
  const errors: Record<string, string> = {};
  const { vmid, all, exclude, pool, stop } = input;
  if (vmid) {
    if (all) errors.all = "option conflicts with option 'vmid'";
    if (exclude) errors.exclude = "option conflicts with option 'vmid'";
    if (pool) errors.pool = "option conflicts with option 'vmid'";
  } else if (exclude && pool) errors.exclude = "option conflicts with option 'pool'";
  if (!vmid && !all && exclude === undefined && !pool && !stop) errors.vmid = 'property is missing';
  if (input.storage !== undefined && input.dumpdir !== undefined)
    errors.dumpdir = "option conflicts with option 'storage'";
  try {
    checkNotesTemplate(input['notes-template'] ?? '');
  } catch (error) {
    errors['notes-template'] = messageOf(error);
  }
  return errors;
}
