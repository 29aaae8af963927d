/** Usage texts of a command, as the original prints them. Source: PVE::RESTHandler::getopt_usage. */
import { PaveError } from '../errors.js';
import { isListFormat } from '../schema/lists.js';
import {
  denyAliasShadowing,
  eachProperty,
  schemasOf,
  type VariantPath,
} from '../schema/objects.js';
import type { PropSchema } from '../schema/types.js';
import { type UsageFormat, usageEntry } from './usageEntry.js';
import { wrap } from './wrap.js';

export type { UsageFormat } from './usageEntry.js';

/** The options that are about printing the result, shown as `[FORMAT_OPTIONS]` only. */
const FORMAT_OPTIONS = ['output-format', 'noheader', 'noborder', 'quiet', 'human-readable'];

export interface UsageOptions {
  /** Tool and command words. */
  prefix: string;
  argParam?: readonly string[] | string | null;
  fixedParam?: Readonly<Record<string, unknown>> | null;
  /** `short` is the one line; `long` adds the parameters; `full` and `asciidoc` the description. */
  format?: UsageFormat;
  description?: string;
  /** Options of the output formatter beside the schema's. */
  formatterProperties?: Readonly<Record<string, PropSchema>> | null;
  /** A `type` that can be found out need not be given. */
  resolvesType?: boolean;
}

interface Listing {
  args: string[];
  options: string;
  /** `type=value` (and …) -> entries of options that only exist then. */
  conditional: Map<string, string>;
  extras: string;
}

function withFormatterProperties(schema: PropSchema, options: UsageOptions): PropSchema {
  const extra = Object.entries(options.formatterProperties ?? {}).filter(
    ([name]) => !FORMAT_OPTIONS.includes(name),
  );
  if (extra.length === 0) return schema;
  return { allOf: [schema, { properties: Object.fromEntries(extra) }] };
}

/** The positional parameters: their part of the usage line and their entries. */
function listPositionals(
  schema: PropSchema,
  names: readonly string[],
  fixed: Readonly<Record<string, unknown>>,
  format: UsageFormat,
): { args: string[]; entries: string; known: Set<string> } {
  const args: string[] = [];
  const known = new Set<string>();
  let entries = '';
  for (const name of names) {
    const candidates = schemasOf(schema, name);
    const [property] = candidates;
    if (!property) continue;
    if (candidates.some((one) => Boolean(one.optional) !== Boolean(property.optional))) {
      throw new PaveError(`arg_param '${name}' is conditionally optional`);
    }
    known.add(name);
    if (isListFormat(property.format)) args.push(`{<${name}>}`);
    else args.push(property.optional ? `[<${name}>]` : `<${name}>`);
    if (fixed[name] === undefined && property.alias === undefined) {
      entries += usageEntry(name, 'fixed', property, format);
    }
  }
  return { args, entries, known };
}

class OptionLister {
  readonly listing: Listing = { args: [], options: '', conditional: new Map(), extras: '' };
  private readonly families = new Set<string>();

  constructor(
    private readonly schema: PropSchema,
    private readonly format: UsageFormat,
  ) {}

  /** `net[n]` for the first of a family, the name for others; undefined for a family's later ones. */
  private displayName(key: string, property: PropSchema): string | undefined {
    if (property.indexed) return key;
    const match = /^([a-z]+)(\d+)$/.exec(key);
    const base = match?.[1];
    if (base === undefined) return key;
    if (this.families.has(base)) return undefined;
    if (match?.[2] !== '0' || schemasOf(this.schema, `${base}1`).length === 0) return key;
    this.families.add(base);
    return `${base}[n]`;
  }

  private addConditional(key: string, entry: string): void {
    const { conditional } = this.listing;
    conditional.set(key, (conditional.get(key) ?? '') + entry);
  }

  add(key: string, property: PropSchema, variant: VariantPath, forceOptional: boolean): void {
    let optional = forceOptional || Boolean(property.optional);
    if (key === 'password' && !optional && (property.interactive || property.valueReadFromFile)) {
      return; // asked for
    }
    const name = this.displayName(key, property);
    if (name === undefined) return;
    if (property.alias !== undefined) {
      optional = Boolean(schemasOf(this.schema, property.alias)[0]?.optional);
    }
    const entry = (schema: PropSchema) => usageEntry(name, 'arg', schema, this.format);
    if (property.extra) {
      this.listing.extras += entry(property);
      return;
    }
    if (variant.length > 0) {
      this.addConditional(variant.join(' and '), entry(property));
      return;
    }
    const typeProperty = property['type-property'];
    const alternatives = property.oneOf;
    if (typeProperty !== undefined) {
      optional = this.addByType(property, typeProperty, entry) || optional;
    } else if (alternatives) {
      optional ||= alternatives.some((one) => one.optional);
      const separator = this.format === 'asciidoc' ? '\n\nor\n\n' : '  or\n\n';
      this.listing.options += alternatives.map(entry).join(separator);
    } else {
      this.listing.options += entry(property);
    }
    if (optional || property.alias !== undefined) return;
    this.listing.args.push(
      `--${name} <${alternatives ? 'multiple' : (property.type ?? 'string')}>`,
    );
  }

  /** A property that exists for some types only; says whether that makes it optional. */
  private addByType(
    property: PropSchema,
    typeProperty: string,
    entry: (schema: PropSchema) => string,
  ): boolean {
    const known = schemasOf(this.schema, typeProperty)[0]?.enum?.length ?? 0;
    const alternatives = property.oneOf ?? [property];
    let optional = false;
    for (const one of alternatives) {
      if (property.oneOf && one.optional) optional = true;
      for (const type of one['instance-types'] ?? []) {
        this.addConditional(`${typeProperty}=${type}`, entry(one));
      }
    }
    const covered = property.oneOf?.length ?? property['instance-types']?.length ?? known;
    return optional || known > covered;
  }
}

function listOptions(
  schema: PropSchema,
  skip: (key: string) => boolean,
  format: UsageFormat,
  resolvesType: boolean,
): Listing {
  type Entry = { key: string; property: PropSchema; variant: VariantPath };
  const entries: Entry[] = [];
  eachProperty(schema, (key, property, variant) => {
    if (!skip(key)) entries.push({ key, property, variant });
  });
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  entries.sort(
    (a, b) => order(a.variant.join(' and '), b.variant.join(' and ')) || order(a.key, b.key),
  );
  const lister = new OptionLister(schema, format);
  for (const { key, property, variant } of entries) {
    lister.add(key, property, variant, resolvesType && key === 'type' && variant.length === 0);
  }
  return lister.listing;
}

/** The usage of a command, trailing newline included. */
export function usageText(schema: PropSchema, options: UsageOptions): string {
  denyAliasShadowing(schema);
  const format = options.format ?? 'long';
  const asciidoc = format === 'asciidoc';
  const fixed = options.fixedParam ?? {};
  const all = withFormatterProperties(schema, options);
  const own = schemasOf(all, 'output-format').some((one) => !one.extra);
  const hasFormatOptions = own || options.formatterProperties?.['output-format'] !== undefined;
  const { argParam } = options;
  const names = typeof argParam === 'string' ? [argParam] : (argParam ?? []);
  const positionals = listPositionals(all, names, fixed, format);
  const skip = (key: string): boolean =>
    positionals.known.has(key) ||
    (fixed[key] ?? null) !== null ||
    (own && FORMAT_OPTIONS.includes(key));
  const listing = listOptions(all, skip, format, options.resolvesType ?? false);
  const { conditional } = listing;

  const args = [...positionals.args, ...listing.args].join(' ');
  const hasOptions = listing.options !== '' || conditional.size > 0;
  const { prefix, description } = options;
  let out = '';
  if (asciidoc) {
    const mark = (text: string, shown: boolean): string => (shown ? ` \`${text}\`` : '');
    out += `[[cli_${prefix.replace(/\s/g, '_')}]]\n*${prefix}*${mark(args, args !== '')}`;
    out += `${mark('[OPTIONS]', hasOptions)}${mark('[FORMAT_OPTIONS]', hasFormatOptions)}\n`;
  } else {
    out += `${format === 'short' ? '' : 'USAGE: '}${prefix} ${args}`;
    out += `${hasOptions ? ' [OPTIONS]' : ''}${hasFormatOptions ? ' [FORMAT_OPTIONS]' : ''}\n`;
  }
  if (format === 'short') return out;
  if (description && asciidoc) out += `\n${wrap('', '', description)}\n\n`;
  else if (description && format === 'full') out += `\n${wrap('  ', '  ', description)}\n\n`;
  out += positionals.entries + listing.options;
  if (conditional.size > 0) {
    out += asciidoc ? '\n\n\n`Conditional options:`\n\n' : ' Conditional options:\n\n';
  }
  for (const key of [...conditional.keys()].sort()) {
    out += `${asciidoc ? `\`[${key}]\` ;;` : ` [${key}]`}\n\n${conditional.get(key)}`;
  }
  if (listing.extras !== '') {
    const heading = 'Options the original does not have:';
    out += `${asciidoc ? `\n\n\n\`${heading}\`` : ` ${heading}`}\n\n${listing.extras}`;
  }
  return out;
}
