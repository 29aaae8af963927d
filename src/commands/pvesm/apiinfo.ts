import { defineCommand } from '../define.js';

/** The storage interface of the original that our names, formats and files follow. */
const INTERFACE = { apiver: 15, apiage: 6 };

export default defineCommand({
  summary: 'Show the version of the storage interface.',
  args: {},
  options: {},
  effect: 'read',
  returns: {
    type: 'object',
    properties: { apiver: { type: 'integer' }, apiage: { type: 'integer' } },
  },
  text: ({ apiver, apiage }) => `APIVER ${apiver}\nAPIAGE ${apiage}`,
  run: () => INTERFACE,
});
