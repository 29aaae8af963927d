/** Storages and their volumes: what everything above works with. */
export { type BandwidthQuery, bandwidthLimit } from './core/bandwidth.js';
export {
  allocVolume,
  cloneVolume,
  createBaseVolume,
  deleteVolumeSnapshot,
  freeVolume,
  isBaseInUse,
  renameVolume,
  resizeVolume,
  rollbackVolume,
  setVolumeAttribute,
  snapshotVolume,
  volumeSnapshots,
} from './core/changes.js';
export { withStorageLock } from './core/lock.js';
export { findPlugin, pluginOf, SUPPORTED_TYPES } from './core/registry.js';
export { type StorageInfo, storageStatus } from './core/status.js';
export {
  checkContent,
  defaultFormat,
  loadStorages,
  type RequireOptions,
  requireStorage,
  whyUnusable,
} from './core/storages.js';
export { parseVolid, tryParseVolid } from './core/volid.js';
export {
  activateStorage,
  activateVolumes,
  deactivateVolumes,
  type ListFilter,
  listVolumes,
  parseVolume,
  volidOfPath,
  volumeAttribute,
  volumeHasFeature,
  volumePath,
  volumeSizeInfo as volumeSize,
  volumeSizeInfo,
  volumeSnapshotMethod,
} from './core/volumes.js';
