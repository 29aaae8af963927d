// The comparison rule of the conformance cases: scalars as text, null equals a missing key, key
// order ignored, list order kept; {"$regex","flags"} is a pattern, {"$base64"} bytes.

/** Says where two values differ, or gives undefined. */
export function mismatch(got, expect, path = '') {
  const at = path === '' ? 'value' : path;
  if (expect === null || expect === undefined) {
    return got === null || got === undefined
      ? undefined
      : `${at}: expected nothing, got ${show(got)}`;
  }
  if (got === null || got === undefined) return `${at}: expected ${show(expect)}, got nothing`;
  if (typeof expect === 'object' && '$regex' in expect) {
    return new RegExp(expect.$regex, expect.flags ?? '').test(String(got))
      ? undefined
      : `${at}: ${show(got)} does not match /${expect.$regex}/`;
  }
  if (typeof expect === 'object' && '$base64' in expect) {
    const bytes = Buffer.from(typeof got === 'string' ? Buffer.from(got, 'latin1') : got);
    return bytes.toString('base64') === expect.$base64 ? undefined : `${at}: bytes differ`;
  }
  if (Array.isArray(expect)) {
    if (!Array.isArray(got)) return `${at}: expected a list, got ${show(got)}`;
    if (got.length !== expect.length) {
      return `${at}: expected ${expect.length} entries, got ${got.length}: ${show(got)} instead of ${show(expect)}`;
    }
    for (let i = 0; i < expect.length; i++) {
      const found = mismatch(got[i], expect[i], `${path}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (typeof expect === 'object') {
    if (typeof got !== 'object') return `${at}: expected ${show(expect)}, got ${show(got)}`;
    for (const key of new Set([...Object.keys(expect), ...Object.keys(got)])) {
      const found = mismatch(got[key], expect[key], path === '' ? key : `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (typeof got === 'object') return `${at}: expected ${show(expect)}, got ${show(got)}`;
  const scalar = (value) => (typeof value === 'boolean' ? (value ? '1' : '0') : String(value));
  return scalar(got) === scalar(expect)
    ? undefined
    : `${at}: expected ${show(expect)}, got ${show(got)}`;
}

function show(value) {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
