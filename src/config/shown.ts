/** Text of a file that may hold anything, fit for a terminal: no control characters, not too long. */
export function shown(text: string, most = 60): string {
  const clean = text.replace(/[\x00-\x1f\x7f-\x9f\ufffd]+/g, '?');
  return clean.length > most ? `${clean.slice(0, most)}…` : clean;
}
