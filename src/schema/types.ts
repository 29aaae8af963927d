/**
 * The shape of every value that crosses the command line or a config file.
 *
 * The shape is the original's JSON schema dialect (PVE::JSONSchema), so that its option tables,
 * our declarations and the conformance cases speak of the same thing. Flags may be `1`/`0` there;
 * ours are booleans.
 */

export type SchemaType =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'array'
  | 'object'
  | 'any'
  | 'null';

/** The sub-keys of a property string, e.g. of `net0`: name -> schema. */
export type PropertyFormat = Record<string, PropertyKeySchema>;

/** Prints or completes what a value means to the machine: which ids, names, files fit here. */
export type Completes =
  | 'vm'
  | 'vm-running'
  | 'vm-stopped'
  | 'storage'
  | 'storage-enabled'
  | 'node'
  | 'volume'
  | 'snapshot'
  | 'bridge'
  | 'task'
  | 'file'
  | 'guest-option';

export interface PropSchema {
  type?: SchemaType;
  description?: string;
  /** One longer explanation, for `help --verbose` and the man page. */
  verboseDescription?: string;
  optional?: boolean | 0 | 1;
  default?: string | number | boolean;
  /** How the default is found where it is no constant, in words. */
  defaultText?: string;
  enum?: readonly (string | number)[];
  /** A regular expression's source, tested anchored at both ends. */
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  /** Name of a registered format (`pve-vmid`, `foo-list`, `foo-opt`), or the keys of a property string. */
  format?: string | PropertyFormat;
  /** What the help shows in place of `<type>`. */
  typetext?: string;
  /** What the help shows for a value inside a property string. */
  format_description?: string;
  requires?: string;
  items?: PropSchema;
  properties?: Record<string, PropSchema>;
  additionalProperties?: boolean | 0 | 1 | PropSchema;
  /** A `--net[n]` family: the option is written with a number from min to max. */
  indexed?: { min: number; max: number };
  /** Another name of the same parameter (the original's `alias`). */
  alias?: string;
  /** The command line takes a path, the value is the file's content. */
  valueReadFromFile?: boolean;
  /** A flag that is only given bare, as in getopt's `-v FILE`: it never takes the next word. */
  bare?: boolean;
  /** Asked for twice on the terminal when given empty. */
  interactive?: boolean;
  /** Never printed or logged. */
  secret?: boolean;
  /** Exists in Pavé only; never wins over an original's option when abbreviated. */
  extra?: boolean;
  completes?: Completes;
  /** Text renderer of a column: bytes, duration, timestamp, timestamp_gmt, fraction_as_percentage. */
  renderer?: string;
  title?: string;
  /** Widest column to print; longer values are cut. */
  print_width?: number;
  /** Belongs to a group of which the caller checks that one is given: never reported as missing. */
  group?: string;
  /** The value must fit all of these object schemas; a key is known if one of them knows it. */
  allOf?: readonly PropSchema[];
  /**
   * With `type-property-schema`: object variants, chosen by the value of the property
   * `type-property`. Without: alternatives for one value, of which one must fit.
   */
  oneOf?: readonly PropSchema[];
  'type-property'?: string;
  'type-property-schema'?: PropSchema;
  /** Of a variant: the type it is for. */
  'instance-type'?: string;
  /** Of a property or an alternative: the types it is for. */
  'instance-types'?: readonly string[];
}

export interface PropertyKeySchema extends PropSchema {
  /** This key may be given without its name, once. */
  default_key?: boolean | 0 | 1;
  /** Another name of that key: its value is stored there. */
  alias?: string;
  /**
   * The key's *name* is a value: in `virtio=AA:BB:…` the word `virtio` goes to `keyAlias`, the
   * value to `alias`.
   */
  keyAlias?: string;
}

/** A schema with the type its parsed value has in our code. The type exists at compile time only. */
export type Prop<T = unknown> = PropSchema & { readonly __type?: T };

export type Props = Record<string, Prop>;

type ValueOf<P> = P extends Prop<infer T> ? T : never;

/** What `run` gets: arguments are required unless `optional`, options the other way round. */
export type InputOf<A extends Props, O extends Props> = {
  [K in keyof A]: A[K] extends { optional: true } ? ValueOf<A[K]> | undefined : ValueOf<A[K]>;
} & {
  [K in keyof O]: O[K] extends { optional: false } ? ValueOf<O[K]> : ValueOf<O[K]> | undefined;
};
