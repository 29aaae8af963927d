/** Start order and delays (seconds) of a guest, as the `startup` key has them. */
export interface StartupOrder {
  order?: number;
  up?: number;
  down?: number;
}

/**
 * Reads `[order=]N,up=N,down=N`; undefined when the text is empty or does not fit.
 * Source: PVE::JSONSchema::pve_parse_startup_order.
 */
export function parseStartupOrder(text: string): StartupOrder | undefined {
  if (text === '' || text === '0') return undefined;
  const result: StartupOrder = {};
  for (const part of text.split(',')) {
    if (/^\s*$/.test(part)) continue;
    const match = /^(?:(order|up|down)=)?(\d+)$/.exec(part);
    if (!match) return undefined;
    result[(match[1] ?? 'order') as keyof StartupOrder] = Number(match[2]);
  }
  return result;
}
