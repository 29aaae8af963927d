/** What a VM's own `cpu` may say. Source: validate_vm_cpu_conf of the original. */
import { parsePropertyString } from '../../schema/propertyString.js';
import { cpuFormat } from '../options/cpu.js';
import { VM_FLAGS } from './cpu-flags.js';
import { isBuiltInModel } from './cpu-models.js';

type Cpu = Readonly<Record<string, string | number | undefined>>;

/** What only a model in cpu-models.conf may have; undefined where the value is fine. */
export function foreignToVm(cpu: Cpu): string | undefined {
  if (cpu['reported-model'] !== undefined)
    return "Property 'reported-model' not allowed in VM-specific CPU config.";
  const strange = String(cpu.flags ?? '')
    .split(';')
    .some((flag) => flag !== '' && !VM_FLAGS.includes(flag.slice(1)));
  return strange
    ? `VM-specific CPU flags must be a subset of: ${[...VM_FLAGS].sort().join(', ')}`
    : undefined;
}

/**
 * Why a VM cannot have that `cpu`; undefined where it can. `custom`: names in cpu-models.conf;
 * without it every name of that kind passes.
 */
export function cpuProblem(text: string, custom?: () => Iterable<string>): string | undefined {
  const cpu = parsePropertyString(cpuFormat, text) as Cpu;
  const type = String(cpu.cputype ?? '');
  if (type === '') return 'CPU is missing cputype';
  if (type.startsWith('custom-')) {
    const name = type.slice('custom-'.length);
    if (custom !== undefined && ![...custom()].includes(name))
      return `Custom cputype '${name}' not found`;
  } else if (!isBuiltInModel(type))
    return `Built-in cputype '${type}' is not defined (missing 'custom-' prefix?)`;
  return foreignToVm(cpu);
}
