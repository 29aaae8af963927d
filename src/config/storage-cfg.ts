/**
 * Reading storage.cfg: sections `<type>: <storeid>` with tab-indented `key value` lines.
 * Source: SectionConfig.pm and Storage/Plugin.pm parse_config.
 */
import { parseBoolean } from '../schema/boolean.js';
import { splitList } from '../schema/lists.js';
import { TYPE_FACTS } from '../storage/section/type-facts.js';
import type { ContentType, StorageSection } from '../storage/types.js';
import { shown } from './shown.js';

export const STORAGE_CFG = 'storage.cfg';

/** A section as it stands in the file. */
export interface RawSection {
  type: string;
  id: string;
  /** A key without a value is `1`. */
  values: Map<string, string>;
}

/**
 * Every section in file order. As the original reads: an empty line ends a section, of a key that
 * comes twice the first counts, and what fits nowhere is passed over; `warn` gets the reasons.
 */
export function scanSections(text: string, warn: (text: string) => void = () => {}): RawSection[] {
  const sections: RawSection[] = [];
  let current: RawSection | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const where = `file ${STORAGE_CFG} line ${index + 1}`;
    if (/^\s*#/.test(line)) continue;
    if (line === '') current = undefined;
    else if (current === undefined) {
      const header = /^(\S+):\s*(\S+)\s*$/.exec(line);
      if (header === null) {
        warn(`${where} - ignore config line: ${shown(line)}`);
        continue;
      }
      const id = header[2]!;
      current = { type: header[1]!.toLowerCase(), id, values: new Map() };
      if (/^[a-z][a-z0-9\-_.]*[a-z0-9]$/i.test(id)) sections.push(current);
      else warn(`${where} (skip section '${shown(id)}'): it is no storage ID`);
    } else {
      const pair = /^\s+(\S+)(?:\s+(.*\S))?\s*$/.exec(line);
      if (pair === null)
        warn(`${where} (section '${shown(current.id)}') - ignore config line: ${shown(line)}`);
      else if (current.values.has(pair[1]!))
        warn(`${where} (section '${shown(current.id)}') - '${shown(pair[1]!)}' comes twice`);
      else current.values.set(pair[1]!, pair[2] ?? '1');
    }
  }
  return sections;
}

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
  const nodes = splitList(values.get('nodes') ?? '');
  return {
    storeid: id,
    type,
    content: contentOf(type, values.get('content')),
    ...(nodes.length === 0 ? {} : { nodes: new Set(nodes) }),
    disable: on('disable'),
    shared: isShared(type, on('shared')),
    values,
  };
}

/** A type that is local by nature stays so, whatever its section says. */
function isShared(type: string, told: boolean): boolean {
  const facts = TYPE_FACTS[type];
  return facts?.network === true || (told && (facts === undefined || facts.shareable === true));
}

/** What a type cannot hold is passed over; of an unknown type everything is believed. */
function contentOf(type: string, text: string | undefined): ReadonlySet<ContentType> {
  const facts = TYPE_FACTS[type];
  if (text === undefined) return new Set(facts?.defaultContent);
  const named = splitList(text) as ContentType[];
  return new Set(facts === undefined ? named : named.filter((ct) => facts.content.includes(ct)));
}
