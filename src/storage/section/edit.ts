/** Adding, changing and removing sections of storage.cfg. Source: API2/Storage/Config.pm. */
import { dropSection, putSection, sectionText } from '../../config/section-text.js';
import { parseStorages, STORAGE_CFG, scanSections } from '../../config/storage-cfg.js';
import { messageOf, ParamError, PaveError } from '../../errors.js';
import { splitList } from '../../schema/lists.js';
import { findPlugin, unsupportedType } from '../core/registry.js';
import { whyUnusable } from '../core/storages.js';
import { tryParseVolid } from '../core/volid.js';
import type { StorageContext, StorageSection } from '../types.js';
import { keysOf } from './keys.js';
import { TYPE_FACTS } from './type-facts.js';

/** Values as they are written: text, booleans as 1 and 0. */
export type SectionValues = ReadonlyMap<string, string>;

/** Keys a type does not have, and those it must have: key -> reason. */
export function keyErrors(type: string, values: SectionValues): Record<string, string> {
  const errors: Record<string, string> = {};
  const rules = keysOf(type) ?? new Map();
  for (const key of values.keys())
    if (!rules.has(key)) errors[key] = `unexpected property '${key}' for storage type '${type}'`;
  for (const [key, { required }] of rules)
    if (required && !values.has(key)) errors[key] = `missing value for required option '${key}'`;
  return errors;
}

/** Writes a new section, once its storage could be activated. @throws PaveError */
export async function addStorage(
  ctx: StorageContext,
  storeid: string,
  type: string,
  given: SectionValues,
  warn: (text: string) => void,
): Promise<void> {
  const plugin = findPlugin(type);
  if (plugin === undefined) throw unsupportedType(type, storeid);
  const values = settle(type, given, warn);
  await editConfig(ctx, 'create', undefined, async (text) => {
    if (parseStorages(text).has(storeid))
      throw new PaveError(`storage ID '${storeid}' already defined`, {
        hint: `pvesm set ${storeid} changes it`,
      });
    const next = putSection(text, storeid, written(type, storeid, values));
    const storage = parseStorages(next).get(storeid)!;
    await plugin.onAdd?.(ctx, storage, {});
    try {
      if (whyUnusable(ctx, storage) === undefined) await plugin.activate?.(ctx, storage);
    } catch (error) {
      await plugin.onRemove?.(ctx, storage);
      throw error;
    }
    return next;
  });
}

export interface SectionChange {
  set: SectionValues;
  delete: readonly string[];
  digest?: string | undefined;
}

/** @throws PaveError, ParamError */
export async function changeStorage(
  ctx: StorageContext,
  storeid: string,
  change: SectionChange,
  warn: (text: string) => void,
): Promise<string> {
  let type = '';
  await editConfig(ctx, 'update', change.digest, (text) => {
    const storage = required(text, storeid);
    type = storage.type;
    checkChange(storage, change);
    // The file's own values: what reading adds or passes over is none of them.
    const own = scanSections(text).findLast(({ id }) => id === storeid)?.values ?? storage.values;
    const values = new Map(own);
    for (const key of change.delete) values.delete(key);
    for (const [key, value] of settle(type, change.set, warn)) values.set(key, value);
    if (values.get('nodes') === '') values.delete('nodes');
    return putSection(text, storeid, written(type, storeid, values));
  });
  return type;
}

function checkChange({ type, storeid }: StorageSection, change: SectionChange): void {
  const rules = keysOf(type);
  if (rules === undefined)
    throw new PaveError(`storage '${storeid}' has an unknown type '${type}'`);
  const errors: Record<string, string> = {};
  for (const key of change.set.keys()) {
    const rule = rules.get(key);
    if (rule === undefined) errors[key] = `unexpected property '${key}' for storage type '${type}'`;
    else if (rule.fixed) errors[key] = `can't change value of fixed parameter '${key}'`;
    else if (rule.secret) errors[key] = `secrets of storage type '${type}' are not supported yet`;
  }
  for (const key of change.delete) {
    const rule = rules.get(key);
    if (rule === undefined) errors.delete = `no such option '${key}'`;
    else if (rule.required) errors.delete = `unable to delete required option '${key}'`;
    else if (rule.fixed) errors.delete = `unable to delete fixed option '${key}'`;
    else if (change.set.has(key))
      errors.delete = `cannot set and delete property '${key}' at the same time!`;
  }
  if (Object.keys(errors).length > 0) throw new ParamError(errors);
}

/** Takes the section away, with the secrets and permissions kept for it; volumes stay. @throws PaveError */
export async function removeStorage(ctx: StorageContext, storeid: string): Promise<void> {
  await editConfig(ctx, 'delete', undefined, async (text) => {
    const storage = required(text, storeid);
    for (const other of parseStorages(text).values())
      if (tryParseVolid(other.values.get('base') ?? '')?.storeid === storeid)
        throw new PaveError("can't remove storage - storage is used as base of another storage", {
          hint: `it is the base of '${other.storeid}'`,
        });
    await findPlugin(storage.type)?.onRemove?.(ctx, storage);
    return dropSection(text, storeid);
  });
  for (const path of secretFiles(storeid)) if (ctx.store.exists(path)) ctx.store.remove(path);
  await forgetPermissions(ctx, storeid);
}

function secretFiles(storeid: string): string[] {
  const own = ['pw', 'cred', 'enc', 'master.pem'].map((end) => `priv/storage/${storeid}.${end}`);
  const ceph = ['keyring', 'secret', 'conf'].map((end) => `priv/ceph/${storeid}.${end}`);
  return [...own, ...ceph];
}

/** Access rules for the storage and its place in pools. Source: AccessControl.pm remove_storage_access. */
async function forgetPermissions(ctx: StorageContext, storeid: string): Promise<void> {
  if (!(ctx.store.read('user.cfg') ?? '').includes(storeid)) return;
  await ctx.store.update('user.cfg', (text) =>
    text
      .split('\n')
      .filter(
        (line) => line.split(':')[0] !== 'acl' || line.split(':')[2] !== `/storage/${storeid}`,
      )
      .map((line) => {
        const [kind, name, comment, guests, storages, ...rest] = line.split(':');
        if (kind !== 'pool' || storages === undefined) return line;
        const left = splitList(storages).filter((id) => id !== storeid);
        return [kind, name, comment, guests, left.join(','), ...rest].join(':');
      })
      .join('\n'),
  );
}

function required(text: string, storeid: string): StorageSection {
  const storage = parseStorages(text).get(storeid);
  if (storage === undefined) throw new PaveError(`storage '${storeid}' does not exist`);
  return storage;
}

/** Under the file's lock; what fails is told as the original tells it. */
async function editConfig(
  ctx: StorageContext,
  what: 'create' | 'update' | 'delete',
  digest: string | undefined,
  change: (text: string) => string | Promise<string>,
): Promise<void> {
  try {
    await ctx.store.update(STORAGE_CFG, change, { digest });
  } catch (error) {
    if (error instanceof ParamError || !(error instanceof PaveError)) throw error;
    throw new PaveError(`${what} storage failed: ${messageOf(error)}`, {
      cause: error,
      exitCode: error.exitCode,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}

/** As the original reads and writes them: what a type cannot hold or make is told and left out. */
function settle(
  type: string,
  given: SectionValues,
  warn: (text: string) => void,
): Map<string, string> {
  const values = new Map(given);
  const facts = TYPE_FACTS[type];
  const content = values.get('content');
  if (content !== undefined && facts !== undefined) {
    const named = [...new Set(splitList(content))];
    const kept = named.filter((ct) => (facts.content as readonly string[]).includes(ct));
    for (const ct of named)
      if (!kept.includes(ct)) warn(`storage does not support content type '${ct}'`);
    if (kept.includes('none') && kept.length > 1)
      throw new ParamError({ content: "unable to combine 'none' with other content types" });
    if (kept.length === 0 && !(facts.content as readonly string[]).includes('none'))
      throw new ParamError({ content: "storage does not support content type 'none'" });
    values.set('content', kept.join(',') || 'none');
  }
  const format = values.get('format');
  if (
    format !== undefined &&
    !(facts?.formats as readonly string[] | undefined)?.includes(format)
  ) {
    warn(`storage does not support format '${format}'`);
    values.delete('format');
  }
  const dirs = values.get('content-dirs');
  if (dirs !== undefined) values.set('content-dirs', splitList(dirs).sort().join(','));
  const nodes = values.get('nodes');
  if (nodes !== undefined) values.set('nodes', [...new Set(splitList(nodes))].join(','));
  const path = values.get('path');
  if (path !== undefined) values.set('path', canonicalPath(path));
  const broken = [...values].filter(([, value]) => /[\n\r]/.test(value));
  if (broken.length > 0)
    throw new ParamError(Object.fromEntries(broken.map(([key]) => [key, 'is one line only'])));
  return values;
}

/** Without doubled or trailing slashes and `.` components. */
function canonicalPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `/${parts.join('/')}`;
}

/** Source of the order: SectionConfig.pm write_config. Keys that we do not know come last. */
function written(type: string, storeid: string, values: SectionValues): string {
  const rules = keysOf(type) ?? new Map();
  const rank = (key: string) => {
    if (key === 'comment') return 0;
    if (key === 'disable') return 1;
    const rule = rules.get(key);
    return rule === undefined ? 4 : rule.required ? 2 : 3;
  };
  const keys = [...values.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const pairs: [string, string][] = [];
  for (const key of keys) {
    const value = values.get(key)!;
    if (key !== 'disable') {
      if (value !== '') pairs.push([key, value]);
    } else if (/^(1|on|yes|true)$/i.test(value)) pairs.push([key, '']);
  }
  return sectionText(type, storeid, pairs);
}
