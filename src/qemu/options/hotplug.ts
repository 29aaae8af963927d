/** What may be plugged while a VM runs. Source: parse_hotplug_features. */
import { PaveError } from '../../errors.js';
import { splitList } from '../../schema/lists.js';

export type HotplugFeature = 'network' | 'disk' | 'cpu' | 'memory' | 'usb' | 'cloudinit';

const FEATURES: readonly string[] = ['network', 'disk', 'cpu', 'memory', 'usb', 'cloudinit'];

function wordsOf(text: string): string[] {
  if (text === '0') return [];
  return splitList(text === '1' ? 'network,disk,usb' : text);
}

/** Undefined where the text names something unknown. `1` is the usual set, `0` nothing. */
export function parseHotplug(text: string): Set<HotplugFeature> | undefined {
  const words = wordsOf(text);
  if (!words.every((word) => FEATURES.includes(word))) return undefined;
  return new Set(words as HotplugFeature[]);
}

/** @throws PaveError naming the first feature that is unknown */
export function checkHotplug(text: string): Set<HotplugFeature> {
  const features = parseHotplug(text);
  if (features !== undefined) return features;
  const unknown = wordsOf(text).find((word) => !FEATURES.includes(word));
  throw new PaveError(`invalid hotplug feature '${unknown}'`);
}
