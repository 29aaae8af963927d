import { customCpuSchema } from '../../../src/qemu/command/custom-cpu.js';
import { validate } from '../../../src/schema/validate.js';

interface Input {
  method: string;
  path: string;
  params: Record<string, unknown>;
  step: 'validate' | 'call';
}

interface Pattern {
  $regex: string;
  flags?: string;
}

export default {
  suite: 'manager-cpu-models',

  run({ method, path, params, step }: Input) {
    if (method !== 'POST' || path !== '' || step !== 'validate')
      throw new Error(`${method} ${path} (${step}) is no call of ours`);
    const errors = Object.entries(validate(params, customCpuSchema()));
    return errors.length === 0
      ? { ok: true }
      : { error: errors.map(([key, reason]) => `${key}: ${reason}`).join('\n') };
  },

  compare(got: { ok?: boolean; error?: string }, expected: { ok?: boolean; error?: Pattern }) {
    if (expected.error === undefined)
      return got.ok === expected.ok ? undefined : `refused: ${got.error}`;
    const { $regex, flags } = expected.error;
    return got.error !== undefined && new RegExp($regex, flags).test(got.error)
      ? undefined
      : `got ${JSON.stringify(got)} instead of an error like ${$regex}`;
  },
};
