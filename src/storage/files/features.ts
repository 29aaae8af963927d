/** What works for which image format in a folder. Source: Plugin.pm volume_has_feature. */
import type { Feature } from '../types.js';
import { parseDirVolname } from './names.js';

type State = 'base' | 'current' | 'snap';

const VM_IMAGES = ['qcow2', 'raw', 'vmdk'] as const;

const FEATURES: Partial<Record<Feature, Partial<Record<State, readonly string[]>>>> = {
  snapshot: { current: ['qcow2'], snap: ['qcow2'] },
  clone: { base: VM_IMAGES },
  template: { current: [...VM_IMAGES, 'subvol'] },
  copy: { base: VM_IMAGES, current: VM_IMAGES, snap: ['qcow2'] },
  sparseinit: { base: VM_IMAGES, current: VM_IMAGES },
  rename: { current: VM_IMAGES },
  resize: { current: ['qcow2', 'raw'] },
};

export function fileHasFeature(feature: Feature, volname: string, snapshot?: string): boolean {
  const { isBase, format } = parseDirVolname(volname);
  const state = snapshot !== undefined ? 'snap' : isBase ? 'base' : 'current';
  return FEATURES[feature]?.[state]?.includes(format ?? '') ?? false;
}
