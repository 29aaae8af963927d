import { normalizeLists } from '../../../src/schema/lists.js';
import type { PropSchema } from '../../../src/schema/types.js';
import { assertValid } from '../../../src/schema/validate.js';

interface Input {
  schema: PropSchema;
  value: unknown;
}

export default {
  suite: 'common-api-parameter',

  run(input: Input): unknown {
    const properties = { param: input.schema };
    const values = normalizeLists({ param: input.value }, properties);
    assertValid(values, { type: 'object', additionalProperties: false, properties });
    return values.param;
  },
};
