import { getRenderer } from '../../schema/render.js';
import type { PropSchema } from '../../schema/types.js';
import { canonicalJson } from './json.js';

/**
 * One value as the text output shows it: booleans as 1 or 0, rendered for people unless told
 * otherwise, structures as JSON. Source: PVE::CLIFormatter::data_to_text.
 */
export async function valueText(
  value: unknown,
  schema: PropSchema | undefined,
  humanReadable: boolean,
): Promise<string> {
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (humanReadable && schema) {
    if (schema.type === 'boolean') return isTrue(value) ? '1' : '0';
    if (schema.renderer === 'yaml') {
      const { yamlText } = await import('./yaml.js');
      return yamlText(value).replace(/^---[\n\s]/, '');
    }
    const render = schema.renderer === undefined ? undefined : getRenderer(schema.renderer);
    if (render && Number.isFinite(Number(value))) return render(Number(value));
  }
  return typeof value === 'object' ? canonicalJson(value).trimEnd() : String(value);
}

/** The original's truth: everything but empty text and zero. */
function isTrue(value: unknown): boolean {
  return value !== '' && value !== 0 && value !== '0';
}
