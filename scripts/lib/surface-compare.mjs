// One parameter of a command against the facts: every difference as a line.

const same = (a, b) => String(a) === String(b);
const bool = (value) => (value === true ? 1 : value === false ? 0 : value);
const plainPattern = (text) =>
  text
    .replaceAll('(?^u:', '(?:')
    .replaceAll('(?^:', '(?:')
    .replaceAll('(?>', '(?:')
    .replaceAll('\\/', '/');

/** `facts`: as in commands.json; `own`: our schema. */
export function compareParameter(at, facts, own) {
  const out = [];
  const differ = (what, theirs, ours) =>
    out.push(`${at}: ${what} is ${show(ours)}, the original's ${show(theirs)}`);
  // What may come several times, each a text of its own, is an array here.
  const several = (facts.repeatable || facts.rest) && !facts.list && facts.type === 'string';
  const type = several ? 'array' : facts.type;
  if (type !== own.type && !(own.type === undefined && facts.type === 'string'))
    differ('type', type, own.type);
  if (facts.required !== undefined && Boolean(facts.required) === Boolean(own.optional ?? false)) {
    differ('required', facts.required, !own.optional);
  }
  compareValues(facts, own, differ);
  compareRange(facts, own, differ);
  if (facts.requires !== undefined && facts.requires !== own.requires)
    differ('requires', facts.requires, own.requires);
  compareFormat(at, facts, own, differ, out);
  return out;
}

function compareValues(facts, own, differ) {
  if (
    facts.default !== undefined &&
    !same(bool(facts.default), bool(own.default)) &&
    !(own.default === undefined && own.defaultText !== undefined)
  ) {
    differ('default', facts.default, own.default);
  }
  if (
    facts.default === undefined &&
    facts.defaultComputed === undefined &&
    own.default !== undefined
  )
    differ('default', undefined, own.default);
  const theirs =
    facts.enum === undefined ? undefined : [...facts.enum].map(String).sort().join(' | ');
  const ours = own.enum === undefined ? undefined : [...own.enum].map(String).sort().join(' | ');
  if (theirs !== ours) differ('enumeration', theirs, ours);
}

function compareRange(facts, own, differ) {
  for (const key of ['minimum', 'maximum', 'minLength', 'maxLength']) {
    if (!same(facts[key], own[key])) differ(key, facts[key], own[key]);
  }
  if (
    facts.pattern !== undefined &&
    (own.pattern === undefined || plainPattern(facts.pattern) !== plainPattern(own.pattern))
  ) {
    differ('pattern', facts.pattern, own.pattern);
  }
  if (
    !same(
      JSON.stringify(facts.indexed && { min: facts.indexed.min, max: facts.indexed.max }),
      JSON.stringify(own.indexed && { min: own.indexed.min, max: own.indexed.max }),
    )
  ) {
    differ('numbers', facts.indexed, own.indexed);
  }
}

function compareFormat(at, facts, own, differ, out) {
  if (facts.subkeys !== undefined && typeof own.format === 'object') {
    out.push(...compareSubkeys(at, facts.subkeys, own.format));
  } else if (
    facts.format !== undefined &&
    facts.format !== 'property-string' &&
    typeof own.format !== 'object'
  ) {
    if (facts.format !== own.format) differ('format', facts.format, own.format);
  } else if (facts.subkeys !== undefined) {
    differ('format', 'a property string', own.format);
  }
}

function compareSubkeys(at, facts, format) {
  const out = [];
  for (const [key, theirs] of Object.entries(facts.keys)) {
    const ours = format[key];
    if (ours === undefined) {
      out.push(`${at} ${key}=: missing`);
      continue;
    }
    out.push(
      ...compareParameter(
        `${at} ${key}=`,
        { ...theirs, required: theirs.optional === undefined ? undefined : !theirs.optional },
        ours,
      ),
    );
    if (Boolean(theirs.default_key) !== Boolean(ours.default_key))
      out.push(`${at} ${key}=: default key differs`);
  }
  for (const [alias, target] of Object.entries(facts.keyAliases ?? {})) {
    if (format[alias]?.alias !== target)
      out.push(`${at} ${alias}=: should be an alias of ${target}`);
  }
  for (const { allowedKeys, keyStoredIn, valueStoredIn } of facts.combinedKeys ?? []) {
    for (const key of allowedKeys) {
      if (format[key]?.keyAlias !== keyStoredIn || format[key]?.alias !== valueStoredIn)
        out.push(`${at} ${key}=: should store its name in ${keyStoredIn}`);
    }
  }
  for (const key of Object.keys(format)) {
    if (facts.keys[key] === undefined && format[key].alias === undefined)
      out.push(`${at} ${key}=: the original has no such key`);
  }
  return out;
}

function show(value) {
  if (value === undefined) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
