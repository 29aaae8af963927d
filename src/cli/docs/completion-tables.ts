/** Tables of a completion model with equal rows put together, so that the files stay small. */
import type { Completes } from '../../schema/types.js';
import type { CompletionModel, CompletionOption, CompletionValue } from './completion-model.js';

export interface Shared {
  kinds: Completes[];
  optionSets: { commands: string[]; options: CompletionOption[] }[];
  /** Patterns for `<command> <--option>`. */
  valueCases: { patterns: string[]; value: CompletionValue }[];
  /** Patterns for `<command>/<position>`. */
  argCases: { patterns: string[]; value: CompletionValue }[];
}

const keyOf = (value: CompletionValue) =>
  JSON.stringify([value.flag, value.kind ?? '', value.words]);
const isFree = (value: CompletionValue) =>
  !value.flag && value.kind === undefined && value.words.length === 0;

/**
 * What the shells complete, written once: sets of options that commands share, and what their
 * values are.
 */
export function sharedTables(model: CompletionModel): Shared {
  const kinds = new Set<Completes>();
  const optionSets = new Map<string, Shared['optionSets'][number]>();
  const args = new Map<string, Shared['argCases'][number]>();
  for (const command of model.commands) {
    for (const value of [...command.args, ...command.options])
      if (value.kind !== undefined) kinds.add(value.kind);
    const names = command.options.map((o) => o.name).join(' ');
    const set = optionSets.get(names);
    if (set === undefined)
      optionSets.set(names, { commands: [command.name], options: command.options });
    else set.commands.push(command.name);
    command.args.forEach((value, position) => {
      if (isFree(value)) return;
      const found = args.get(keyOf(value));
      if (found === undefined)
        args.set(keyOf(value), { patterns: [`${command.name}/${position}`], value });
      else found.patterns.push(`${command.name}/${position}`);
    });
  }
  return {
    kinds: [...kinds].sort(),
    optionSets: [...optionSets.values()],
    valueCases: valueCases(model),
    argCases: [...args.values()],
  };
}

/** One pattern `*' --name'` where all commands agree on an option, one per command elsewhere. */
function valueCases(model: CompletionModel): Shared['valueCases'] {
  const byName = new Map<string, Map<string, { value: CompletionValue; commands: string[] }>>();
  for (const command of model.commands) {
    for (const option of command.options) {
      const variants = byName.get(option.name) ?? new Map();
      byName.set(option.name, variants);
      const variant = variants.get(keyOf(option)) ?? { value: option, commands: [] };
      variant.commands.push(command.name);
      variants.set(keyOf(option), variant);
    }
  }
  const cases = new Map<string, { patterns: string[]; value: CompletionValue }>();
  for (const [name, variants] of byName) {
    for (const { value, commands } of variants.values()) {
      if (isFree(value)) continue;
      const patterns =
        variants.size === 1 ? [`*' ${name}'`] : commands.map((command) => `'${command} ${name}'`);
      const found = cases.get(keyOf(value));
      if (found === undefined) cases.set(keyOf(value), { patterns, value });
      else found.patterns.push(...patterns);
    }
  }
  return [...cases.values()];
}
