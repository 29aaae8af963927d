/** A command line as a person reads or pastes it, in the layout of `qm showcmd`. */
import { shellQuoteAll } from '../../host/quote.js';

/** `pretty`: every option with its value on a line of its own. */
export function showCommand(argv: readonly string[], options: { pretty?: boolean } = {}): string {
  const text = shellQuoteAll(argv);
  return options.pretty ? text.replaceAll(' -', ' \\\n  -') : text;
}
