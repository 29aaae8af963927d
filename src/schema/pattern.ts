const compiled = new Map<string, RegExp>();

/**
 * The pattern of a schema as a regular expression, anchored at both ends. Patterns are written in
 * the original's (Perl) syntax: of what JavaScript lacks, `(?^u:…)` groups, `\A`, `\z`, `\Z`, `{,n}`
 * and a leading `(?i)` are translated.
 */
export function anchoredPattern(source: string): RegExp {
  const known = compiled.get(source);
  if (known) return known;
  const ignoreCase = /^\(\?\^?[a-z]*i[a-z]*[:)]/.test(source);
  const translated = source
    .replace(/^\(\?\^?[a-z]*i[a-z]*\)/, '')
    .replace(/\(\?\^[a-z]*:/g, '(?:')
    .replace(/(?<!\\)\{,(\d+)\}/g, '{0,$1}')
    .replace(/\\A/g, '^')
    .replace(/\\[zZ]/g, '$');
  const pattern = new RegExp(`^(?:${translated})$`, ignoreCase ? 'i' : '');
  compiled.set(source, pattern);
  return pattern;
}
