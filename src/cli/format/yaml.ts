import { Document, visit } from 'yaml';

/**
 * A YAML document as the original's printer (YAML::XS) lays it out: `---`, keys sorted, sequences
 * not indented below their key, `~` for null, strings quoted only where needed, never folded.
 */
export function yamlText(data: unknown): string {
  const document = new Document(data === undefined ? null : data, {
    sortMapEntries: (a, b) => {
      const [x, y] = [String(a.key), String(b.key)];
      return x < y ? -1 : x > y ? 1 : 0;
    },
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && /[\n\t\r]/.test(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  const text = document.toString({
    lineWidth: 0,
    indentSeq: false,
    nullStr: '~',
    singleQuote: true,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
  });
  const isBlock = typeof data === 'object' && data !== null && Object.keys(data).length > 0;
  return `---${isBlock ? '\n' : ' '}${text}`;
}
