import type { PropSchema } from './types.js';

/**
 * The items of a list parameter: separated by commas, semicolons or blanks, or by NUL bytes where
 * one occurs (then items may contain the others). Empty text is an empty list.
 * Source: PVE::ParseUtils::split_list.
 */
export function splitList(text: string): string[] {
  const items = text.includes('\0') ? text.split('\0') : text.trim().split(/[\s,;]+/);
  if (!text.includes('\0') && items[0] === '') items.shift();
  while (items.length > 0 && items.at(-1) === '') items.pop();
  return items;
}

/** Whether a format's name says that the value is a list (`pve-vmid-list`, `string-alist`). */
export function isListFormat(format: unknown): format is string {
  return typeof format === 'string' && /-a?list/.test(format);
}

/**
 * Brings list parameters into the form their schema names: an array given for a list in one text is
 * joined with commas, a single value given for an array becomes one.
 * Source: PVE::RESTHandler, what every call's parameters pass through.
 */
export function normalizeLists(
  values: Readonly<Record<string, unknown>>,
  properties: Readonly<Record<string, PropSchema>>,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...values };
  for (const [key, value] of Object.entries(values)) {
    const schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!schema || value === undefined || value === null || value === '') continue;
    const isList = schema.type === 'string' && isListFormat(schema.format);
    if (Array.isArray(value) && isList) result[key] = value.join(',');
    else if (typeof value !== 'object' && schema.type === 'array') result[key] = [value];
  }
  return result;
}
