/**
 * Constructors of parameters for command declarations. Each returns a schema whose type carries
 * what `run` gets: text, a number, a boolean, or text as given for lists and property strings.
 * Options are merged over the defaults; `optional` keeps its literal type, so that InputOf sees it.
 */
import type { Completes, Prop, PropertyFormat, PropSchema } from './types.js';

/** What any constructor takes besides its own arguments. */
export type PropOptions = Partial<PropSchema>;

function make<T, const O extends PropOptions>(defaults: PropSchema, options?: O): Prop<T> & O {
  return { ...defaults, ...options } as Prop<T> & O;
}

/** Any text. */
export function string<const O extends PropOptions = object>(options?: O): Prop<string> & O {
  return make<string, O>({ type: 'string' }, options);
}

/** A flag; given bare or with 1/on/yes/true or 0/off/no/false. */
export function boolean<const O extends PropOptions = object>(options?: O): Prop<boolean> & O {
  return make<boolean, O>({ type: 'boolean' }, options);
}

/** A whole number. */
export function integer<const O extends PropOptions = object>(options?: O): Prop<number> & O {
  return make<number, O>({ type: 'integer' }, options);
}

/** A number, decimals allowed. */
export function number<const O extends PropOptions = object>(options?: O): Prop<number> & O {
  return make<number, O>({ type: 'number' }, options);
}

/** One of some words. */
export function enumOf<const E extends string, const O extends PropOptions = object>(
  values: readonly E[],
  options?: O,
): Prop<E> & O {
  return make<E, O>({ type: 'string', enum: values }, options);
}

/** Text of a named format, e.g. `formatted('disk-size')`. */
export function formatted<const O extends PropOptions = object>(
  format: string,
  options?: O,
): Prop<string> & O {
  return make<string, O>({ type: 'string', format }, options);
}

/** Text that fits a pattern (anchored at both ends). */
export function matching<const O extends PropOptions = object>(
  pattern: string,
  options?: O,
): Prop<string> & O {
  return make<string, O>({ type: 'string', pattern }, options);
}

/** A list in one text, separated by commas, semicolons or blanks; read it with splitList(). */
export function list<const O extends PropOptions = object>(
  itemFormat: string,
  options?: O,
): Prop<string> & O {
  return make<string, O>({ type: 'string', format: `${itemFormat}-list` }, options);
}

/** A list of values, each given by an occurrence of the option. */
export function array<const O extends PropOptions = object>(
  items: PropSchema,
  options?: O,
): Prop<string[]> & O {
  return make<string[], O>({ type: 'array', items }, options);
}

/** All words that are left; declare it as the last argument, under the name `extra-args`. */
export function extraArgs<const O extends PropOptions = object>(
  options?: O,
): Prop<string[]> & { optional: true } & O {
  return make<string[], { optional: true } & O>(
    { type: 'array', items: { type: 'string' }, optional: true, description: 'All further words.' },
    options as { optional: true } & O,
  );
}

/** Text with keys of its own, `key=value,key=value`; read it with parsePropertyString(). */
export function propertyString<const O extends PropOptions = object>(
  format: string | PropertyFormat,
  options?: O,
): Prop<string> & O {
  return make<string, O>({ type: 'string', format }, options);
}

/** What a command returns that gives a list: a row's properties by key. */
export function rowsOf(properties: Readonly<Record<string, PropSchema>>): PropSchema {
  return { type: 'array', items: { type: 'object', properties } };
}

/**
 * A family of options, `net0` … `net31`, declared once under the name `net[n]`. `run` gets the given
 * ones by full name: `input.net0`.
 */
export function numbered<T, P extends Prop<T>>(
  prop: P & Prop<T>,
  range: { min: number; max: number },
): Prop<Record<string, T>> & { optional: P['optional'] } {
  return { ...prop, indexed: range } as unknown as Prop<Record<string, T>> & {
    optional: P['optional'];
  };
}

/** The id of a guest, 100 to 999999999. */
export function vmid<const O extends PropOptions = object>(options?: O): Prop<number> & O {
  return make<number, O>(
    {
      type: 'integer',
      format: 'pve-vmid',
      minimum: 100,
      maximum: 999_999_999,
      description: 'The id of the guest.',
      completes: 'vm',
    },
    options,
  );
}

function named<const O extends PropOptions>(
  format: string,
  description: string,
  completes: Completes | undefined,
  options?: O,
): Prop<string> & O {
  const defaults: PropSchema = { type: 'string', format, description };
  if (completes) defaults.completes = completes;
  return make<string, O>(defaults, options);
}

/** The id of a storage. */
export function storeid<const O extends PropOptions = object>(options?: O): Prop<string> & O {
  return make<string, O>(
    {
      type: 'string',
      format: 'pve-storage-id',
      format_description: 'storage ID',
      description: 'The id of the storage.',
      completes: 'storage',
    },
    options,
  );
}

/** A volume id, `storage:name`. */
export function volid<const O extends PropOptions = object>(options?: O): Prop<string> & O {
  return named('pve-volume-id', 'The volume, as storage:name.', 'volume', options);
}

/** The name of a node. */
export function node<const O extends PropOptions = object>(options?: O): Prop<string> & O {
  return named('pve-node', 'The name of the node.', 'node', options);
}

/** A name as snapshots, jobs and mappings have. */
export function configId<const O extends PropOptions = object>(options?: O): Prop<string> & O {
  return named('pve-configid', 'The name.', undefined, options);
}

/** The name of a snapshot, at most 40 characters. */
export function snapname<const O extends PropOptions = object>(options?: O): Prop<string> & O {
  return make<string, O>(
    {
      type: 'string',
      format: 'pve-configid',
      maxLength: 40,
      description: 'The name of the snapshot.',
      completes: 'snapshot',
    },
    options,
  );
}

/** The name of a bridge. */
export function bridge<const O extends PropOptions = object>(options?: O): Prop<string> & O {
  return make<string, O>(
    {
      type: 'string',
      format: 'pve-bridge-id',
      format_description: 'bridge',
      description: 'The bridge guests are attached to.',
      completes: 'bridge',
    },
    options,
  );
}

/** The digest a config file must still have for a change to be made. */
export function digest<const O extends PropOptions = object>(
  options?: O,
): Prop<string> & { optional: true } & O {
  return make<string, { optional: true } & O>(
    {
      type: 'string',
      maxLength: 64,
      optional: true,
      description: 'Refuse the change when the configuration file has another SHA1 digest by now.',
    },
    options as { optional: true } & O,
  );
}

/** Work on a guest although it is locked. */
export function skiplock<const O extends PropOptions = object>(
  options?: O,
): Prop<boolean> & { optional: true } & O {
  return make<boolean, { optional: true } & O>(
    { type: 'boolean', optional: true, description: 'Ignore locks; for root only.' },
    options as { optional: true } & O,
  );
}

/** The options every command that returns data takes. */
export const outputOptions = {
  'output-format': enumOf(['text', 'json', 'json-pretty', 'yaml'], {
    optional: true,
    default: 'text',
    description: 'How the result is printed.',
  }),
  noheader: boolean({
    optional: true,
    default: 0,
    description: 'Leave out the column headers (text only).',
  }),
  noborder: boolean({
    optional: true,
    default: 0,
    description: 'Leave out the borders (text only).',
  }),
  quiet: boolean({ optional: true, description: 'Do not print the result.' }),
  'human-readable': boolean({
    optional: true,
    default: 1,
    description: 'Print sizes, times and the like for people (text only).',
  }),
};
