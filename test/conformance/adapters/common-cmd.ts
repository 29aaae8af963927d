import { shellQuote, shellQuoteAll } from '../../../src/host/quote.js';
import { splitWords } from '../../../src/schema/words.js';

type Input =
  | { op: 'quote' | 'split'; text: string }
  | { op: 'join' | 'roundtrip'; args: string[] | string };

export default {
  suite: 'common-cmd',

  run(input: Input): unknown {
    if (input.op === 'quote') return shellQuote(input.text);
    if (input.op === 'split') return splitWords(input.text);
    const { args } = input as { args: string[] | string };
    const line = typeof args === 'string' ? args : shellQuoteAll(args);
    return input.op === 'join' ? line : splitWords(line);
  },
};
