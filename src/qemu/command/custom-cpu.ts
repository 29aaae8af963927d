/** CPU models of one's own: /etc/pve/virtual-guest/cpu-models.conf. Source: CPUConfig.pm of the original. */
import { scanSections } from '../../config/storage-cfg.js';
import { configId } from '../../schema/props.js';
import type { PropSchema } from '../../schema/types.js';
import { cpuFormat } from '../options/cpu.js';
import { registerQemuFormats } from '../options/formats.js';
import type { CustomCpu } from './facts.js';

/** Below /etc/pve. */
export const CPU_MODELS = 'virtual-guest/cpu-models.conf';

/** The models by name, without `custom-`. */
export function parseCpuModels(text: string): Map<string, CustomCpu> {
  return new Map(
    scanSections(text)
      .filter(({ type }) => type === 'cpu-model')
      .map(({ id, values }) => [id, Object.fromEntries(values)]),
  );
}

/** What a model may be given, as the original's call that makes one takes it. */
export function customCpuSchema(): PropSchema {
  registerQemuFormats();
  const { cputype: _, ...properties } = cpuFormat;
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...properties,
      cputype: configId({
        maxLength: 40,
        description: "Name of the model; 'custom-' in front of it may be left out.",
      }),
      'reported-model': { ...cpuFormat['reported-model'], optional: false },
    },
  } as PropSchema;
}
