/** The values of a VM's config file, checked. */
import { PaveError } from '../../errors.js';
import { checkFormat } from '../../schema/validate.js';
import { cpuProblem } from '../command/cpu-check.js';
import { checkVmValue } from '../options/index.js';

/**
 * What `parseGuestConfig` takes as `check` where a file is to be held against the schema: keys that
 * it does not know are refused. Source: check_type and parse_vm_config of the original.
 */
export function checkFileValue(key: string, value: string, special?: string): string {
  if (special === 'fleecing') return checkFleecing(key, value);
  const canonical = checkVmValue(key, value);
  const problem = key === 'cpu' ? cpuProblem(value) : undefined;
  if (problem !== undefined) throw new PaveError(problem);
  return canonical;
}

function checkFleecing(key: string, value: string): string {
  if (key !== 'fleecing-images') throw new PaveError(`unknown setting '${key}'`);
  checkFormat('pve-volume-id-list', value);
  return value;
}
