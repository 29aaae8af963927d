/**
 * What each storage type may hold, in which formats. Facts about every type the file storage.cfg
 * knows, also of those that Pavé cannot drive: their sections must be read and kept.
 * Source: plugindata of the original's storage plugins.
 */
import type { ContentType, ImageFormat } from '../types.js';

export interface TypeFacts {
  content: readonly ContentType[];
  defaultContent: readonly ContentType[];
  /** Image formats it makes; where there is but one, `format` is no option. */
  formats: readonly ImageFormat[];
  /** Reached over the network: the same on all nodes without saying so. */
  network?: boolean;
  /** `shared` is an option of the type: it may be told to be the same on all nodes. */
  shareable?: boolean;
}

const NETWORK_FILES = [
  'images',
  'rootdir',
  'vztmpl',
  'iso',
  'backup',
  'snippets',
  'import',
] as const;
const FILES = [...NETWORK_FILES, 'none'] as const;
const GUESTS = ['images', 'rootdir'] as const;
const IMAGES = ['images'] as const;
const VM_FORMATS = ['raw', 'qcow2', 'vmdk'] as const;
const RAW = ['raw'] as const;

/** The first format is what is made when none is asked for. */
export const TYPE_FACTS: Readonly<Record<string, TypeFacts>> = {
  btrfs: {
    content: FILES,
    defaultContent: GUESTS,
    formats: ['raw', 'subvol'],
    shareable: true,
  },
  cephfs: {
    content: ['vztmpl', 'iso', 'backup', 'snippets', 'import'],
    defaultContent: ['backup'],
    formats: RAW,
    network: true,
  },
  cifs: { content: NETWORK_FILES, defaultContent: IMAGES, formats: VM_FORMATS, network: true },
  dir: {
    content: FILES,
    defaultContent: GUESTS,
    formats: [...VM_FORMATS, 'subvol'],
    shareable: true,
  },
  esxi: { content: ['import'], defaultContent: ['import'], formats: VM_FORMATS, shareable: true },
  iscsi: { content: ['images', 'none'], defaultContent: IMAGES, formats: RAW, network: true },
  iscsidirect: { content: ['images', 'none'], defaultContent: IMAGES, formats: RAW, network: true },
  lvm: {
    content: GUESTS,
    defaultContent: IMAGES,
    formats: ['raw', 'qcow2'],
    shareable: true,
  },
  lvmthin: { content: GUESTS, defaultContent: GUESTS, formats: RAW },
  nfs: { content: NETWORK_FILES, defaultContent: IMAGES, formats: VM_FORMATS, network: true },
  pbs: { content: ['backup', 'none'], defaultContent: ['backup'], formats: RAW, network: true },
  rbd: { content: GUESTS, defaultContent: IMAGES, formats: RAW, network: true },
  zfs: { content: IMAGES, defaultContent: IMAGES, formats: RAW, network: true },
  zfspool: { content: GUESTS, defaultContent: GUESTS, formats: ['raw', 'subvol'] },
};
