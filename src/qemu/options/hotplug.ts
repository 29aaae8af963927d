/** What may be plugged while a VM runs. Source: parse_hotplug_features. */
import { splitList } from '../../schema/lists.js';

export type HotplugFeature = 'network' | 'disk' | 'cpu' | 'memory' | 'usb' | 'cloudinit';

const FEATURES: readonly string[] = ['network', 'disk', 'cpu', 'memory', 'usb', 'cloudinit'];

/** Undefined where the text names something unknown. `1` is the usual set, `0` nothing. */
export function parseHotplug(text: string): Set<HotplugFeature> | undefined {
  if (text === '0') return new Set();
  const words = splitList(text === '1' ? 'network,disk,usb' : text);
  if (!words.every((word) => FEATURES.includes(word))) return undefined;
  return new Set(words as HotplugFeature[]);
}
