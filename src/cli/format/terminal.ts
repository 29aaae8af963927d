/** What standard output can show. */
export interface Terminal {
  /** Lines are cut to this width; undefined where nobody looks. */
  columns?: number;
  /** Borders may be drawn with box characters. */
  utf8: boolean;
}

/** Whether the locale's character set is UTF-8, as the C library finds it from the environment. */
export function isUtf8Locale(env: NodeJS.ProcessEnv = process.env): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || 'C';
  return /\.utf-?8(?:@|$)/i.test(locale);
}

/** The terminal of standard output. */
export function currentTerminal(): Terminal {
  const utf8 = isUtf8Locale();
  const { isTTY, columns } = process.stdout;
  return isTTY && columns ? { columns, utf8 } : { utf8 };
}
