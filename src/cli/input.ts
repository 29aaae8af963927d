/** Words to typed input: grammar, then schema, then the command's own conditions; all errors at once. */
import type { AnyCommand } from '../commands/define.js';
import { ParamError } from '../errors.js';
import type { PropSchema } from '../schema/types.js';
import { validate } from '../schema/validate.js';
import { argParamOf, getOptions, toInput } from './argv.js';
import { allOptions, type Globals, takeGlobals } from './globals.js';

export interface ParsedInput {
  /** Values as text, booleans as 1/0. */
  raw: Record<string, unknown>;
  /** Values as their types say. */
  input: Record<string, unknown>;
  globals: Globals;
}

/**
 * Options and arguments of a command, checked whole. @throws ParamError, UsageError with every
 * reason
 */
export async function parseInput(
  command: AnyCommand,
  words: readonly string[],
): Promise<ParsedInput> {
  const options = allOptions(command);
  const args = command.args as Record<string, PropSchema>;
  const properties = { ...args, ...options };
  const raw = await getOptions({ properties }, [...words], {
    argParam: argParamOf(args),
    readFile: readParameterFile,
    askPassword,
  });
  const errors = validate(raw, { type: 'object', properties, additionalProperties: false });
  if (Object.keys(errors).length > 0) throw new ParamError(errors);
  const globals = takeGlobals(command, raw);
  const input = toInput(raw, properties);
  const failed = command.check?.(input) ?? {};
  if (Object.keys(failed).length > 0) throw new ParamError(failed);
  return { raw, input, globals };
}

async function readParameterFile(path: string, option: string): Promise<string> {
  const { createHost } = await import('../host/local.js');
  const text = createHost({ root: '' }).files.read(path);
  if (text === undefined)
    throw new ParamError({ [option]: `unable to open file '${path}' - no such file` });
  return text;
}

/** Asks twice on the terminal, without echo. */
async function askPassword(prompt: string): Promise<string> {
  const { readPasswordTwice } = await import('./password.js');
  return await readPasswordTwice(prompt);
}
