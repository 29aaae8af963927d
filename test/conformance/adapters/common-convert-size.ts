import { convertSize } from '../../../src/schema/units.js';

interface Input {
  value: string | number | null;
  from: string;
  to: string;
  no_round_up: number | null;
}

type Answer = { value: number } | { error: string };

export default {
  suite: 'common-convert-size',

  run(input: Input): Answer {
    try {
      const { value, from, to } = input;
      return { value: convertSize(value, from, to, Boolean(input.no_round_up)) };
    } catch (error) {
      return { error: (error as Error).message };
    }
  },

  compare(got: Answer, expected: Answer): string | undefined {
    const fits =
      'value' in expected
        ? 'value' in got && got.value === Number(expected.value)
        : 'error' in got && got.error.startsWith(expected.error);
    return fits ? undefined : `expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`;
  },
};
