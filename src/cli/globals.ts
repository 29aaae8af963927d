/** Options that every command understands, beside its own. A command's own option of a name wins. */
import type { AnyCommand } from '../commands/define.js';
import { outputOptions } from '../schema/props.js';
import type { PropSchema } from '../schema/types.js';

const DRY_RUN: PropSchema = {
  type: 'boolean',
  description:
    'Show the commands that would run and the files that would change, and change nothing.',
  optional: true,
  extra: true,
};

const VERBOSE: PropSchema = {
  type: 'boolean',
  description: 'Show every command as it runs, on standard error.',
  optional: true,
  extra: true,
};

export interface Globals {
  dryRun: boolean;
  verbose: boolean;
  format: 'text' | 'json' | 'json-pretty' | 'yaml';
  noborder: boolean;
  noheader: boolean;
  quiet: boolean;
  humanReadable: boolean;
}

/** All options of a command by name: its own, then the global ones it has no own of. */
export function allOptions(command: AnyCommand): Record<string, PropSchema> {
  const options: Record<string, PropSchema> = {};
  for (const [name, prop] of Object.entries(command.options as Record<string, PropSchema>)) {
    options[name] = prop.optional === undefined ? { ...prop, optional: true } : prop;
  }
  const add = (name: string, prop: PropSchema) => {
    if (!(name in options) && !(name in command.args)) options[name] = prop;
  };
  if (command.returns !== undefined) {
    // The original has them on some commands, Pavé on all that return data.
    for (const [name, prop] of Object.entries(outputOptions)) add(name, { ...prop, extra: true });
  }
  if (command.effect === 'change') add('dry-run', DRY_RUN);
  add('verbose', VERBOSE);
  return options;
}

/** Takes the global values out of what was parsed; a command's own option of that name stays. */
export function takeGlobals(command: AnyCommand, raw: Record<string, unknown>): Globals {
  const take = (name: string): unknown => {
    const value = raw[name];
    if (!(name in command.options) && !(name in command.args)) delete raw[name];
    return value;
  };
  const on = (name: string) => String(take(name) ?? '0') === '1';
  const returns = command.returns !== undefined;
  return {
    dryRun: !('dry-run' in command.options) && on('dry-run'),
    verbose: !('verbose' in command.options) && on('verbose'),
    format: returns ? ((take('output-format') as Globals['format'] | undefined) ?? 'text') : 'text',
    noborder: returns && on('noborder'),
    noheader: returns && on('noheader'),
    quiet: returns && on('quiet'),
    humanReadable: String(take('human-readable') ?? '1') !== '0',
  };
}
