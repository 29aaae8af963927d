/**
 * storage.cfg: sections `<type>: <storeid>` with tab-indented `key value` lines. This reads what
 * the storages need, quickly; src/config/section-config is the engine that checks and writes it.
 */

import { parseBoolean } from '../schema/boolean.js';
import { splitList } from '../schema/lists.js';
import type { ContentType, StorageSection } from '../storage/types.js';

export const STORAGE_CFG = 'storage.cfg';

/** A section as it stands in the file. */
export interface RawSection {
  type: string;
  id: string;
  /** A key without a value is `1`. */
  values: Map<string, string>;
}

/** Every section in file order; lines that fit nowhere are passed over. */
export function scanSections(text: string): RawSection[] {
  const sections: RawSection[] = [];
  let current: RawSection | undefined;
  for (const line of text.split('\n')) {
    if (/^\s*#/.test(line)) continue;
    const header = /^(\S+):\s*(\S+)\s*$/.exec(line);
    if (header !== null) {
      current = { type: header[1]!.toLowerCase(), id: header[2]!, values: new Map() };
      sections.push(current);
      continue;
    }
    if (/^\s*$/.test(line)) {
      current = undefined;
      continue;
    }
    const pair = /^\s+(\S+)(?:\s+(.*\S))?\s*$/.exec(line);
    if (pair !== null) current?.values.set(pair[1]!, pair[2] ?? '1');
  }
  return sections;
}

/** What each type may hold when its section does not say. */
const DEFAULT_CONTENT: Record<string, readonly ContentType[]> = {
  dir: ['images', 'rootdir'],
  btrfs: ['images', 'rootdir'],
  nfs: ['images'],
  cifs: ['images'],
  cephfs: ['backup'],
  lvm: ['images'],
  lvmthin: ['images', 'rootdir'],
  zfspool: ['images', 'rootdir'],
  zfs: ['images'],
  rbd: ['images'],
  iscsi: ['images'],
  iscsidirect: ['images'],
  pbs: ['backup'],
  esxi: ['import'],
  glusterfs: ['images'],
};

const ALWAYS_SHARED = new Set([
  'iscsi',
  'nfs',
  'cifs',
  'rbd',
  'cephfs',
  'iscsidirect',
  'zfs',
  'glusterfs',
  'pbs',
  'drbd',
]);

const LOCAL_PATH = '/var/lib/vz';

/** The storages by id, `local` first; it is there even without a file. */
export function parseStorages(text: string): Map<string, StorageSection> {
  const found = new Map<string, StorageSection>();
  const raw = scanSections(text);
  const local = raw.find(({ id }) => id === 'local');
  const path = local?.values.get('path');
  if (local === undefined || local.type !== 'dir' || (path !== undefined && path !== LOCAL_PATH)) {
    found.set(
      'local',
      typed({
        type: 'dir',
        id: 'local',
        values: new Map([
          ['path', LOCAL_PATH],
          ['content', 'backup,images,iso,rootdir,snippets,vztmpl'],
          ['prune-backups', 'keep-all=1'],
        ]),
      }),
    );
  } else {
    local.values.set('path', LOCAL_PATH);
    // It is on every node.
    local.values.delete('nodes');
  }
  for (const section of raw) {
    if (section.id === 'local' && found.has('local')) continue;
    found.set(section.id, typed(section));
  }
  return found;
}

function typed({ type, id, values }: RawSection): StorageSection {
  const on = (key: string) => parseBoolean(values.get(key) ?? '0') === 1;
  const content = values.has('content')
    ? splitList(values.get('content')!)
    : (DEFAULT_CONTENT[type] ?? []);
  const nodes = values.get('nodes');
  return {
    storeid: id,
    type,
    content: new Set(content as ContentType[]),
    ...(nodes === undefined ? {} : { nodes: new Set(splitList(nodes)) }),
    disable: on('disable'),
    shared: on('shared') || ALWAYS_SHARED.has(type),
    values,
  };
}
