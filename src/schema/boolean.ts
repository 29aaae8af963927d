/**
 * A boolean as people write it: 1/on/yes/true and 0/off/no/false in any case; undefined for
 * anything else. Source: PVE::JSONSchema::parse_boolean.
 */
export function parseBoolean(text: string): 1 | 0 | undefined {
  if (/^(?:1|on|yes|true)$/i.test(text)) return 1;
  if (/^(?:0|off|no|false)$/i.test(text)) return 0;
  return undefined;
}
