/** What a backup ends up with: schema defaults, /etc/vzdump.conf, storage, command line. */
import { PaveError } from '../../errors.js';
import { splitList } from '../../schema/lists.js';
import { parsePropertyString } from '../../schema/propertyString.js';
import type { InputOf } from '../../schema/types.js';
import type { KeepOptions } from '../../storage/core/prune.js';
import type { backupOptions, guestOptions } from './schema.js';

/** Options as a command line or a file gives them: property strings and lists still text. */
export type GivenOptions = Partial<
  InputOf<Record<never, never>, typeof backupOptions & typeof guestOptions>
>;

export interface Fleecing {
  enabled?: boolean;
  storage?: string;
}

export interface Performance {
  'max-workers'?: number;
  'pbs-entries-max'?: number;
}

/** Options with their parts read. Absent keys were given nowhere and have no default. */
export interface Settings {
  all: boolean;
  bwlimit: number;
  compress: '0' | '1' | 'gzip' | 'lzo' | 'zstd';
  dumpdir?: string;
  exclude?: string;
  'exclude-path'?: string[];
  fleecing: Fleecing;
  fullbackup: number;
  ionice: number;
  lockwait: number;
  mailnotification: 'always' | 'failure';
  mailto?: string[];
  mode: 'snapshot' | 'suspend' | 'stop';
  node?: string;
  'notes-template'?: string;
  'notification-mode': 'auto' | 'legacy-sendmail' | 'notification-system';
  'pbs-change-detection-mode'?: 'legacy' | 'data' | 'metadata';
  performance: Performance;
  pigz: number;
  pool?: string;
  protected?: boolean;
  'prune-backups'?: KeepOptions;
  quiet: boolean;
  remove: boolean;
  script?: string;
  stdexcludes: boolean;
  stop: boolean;
  stopwait: number;
  storage?: string;
  tmpdir?: string;
  zstd: number;
}

/** Reads lists and property strings. @throws PaveError that names the option */
export function readOptions(given: GivenOptions): Partial<Settings> {
  const settings: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given))
    if (value !== undefined) settings[key] = readOption(key, value);
  return settings as Partial<Settings>;
}

function readOption(key: string, value: unknown): unknown {
  switch (key) {
    case 'mailto':
      return splitList(String(value)).filter((item) => item !== '');
    case 'prune-backups':
      return parsePropertyString('prune-backups', String(value));
    case 'fleecing': {
      const { enabled, storage } = parsePropertyString('backup-fleecing', String(value));
      return {
        ...(enabled === undefined ? {} : { enabled: Number(enabled) === 1 }),
        ...(storage === undefined ? {} : { storage }),
      };
    }
    case 'performance':
      return numbers(parsePropertyString('backup-performance', String(value)));
    default:
      return value;
  }
}

function numbers(values: Record<string, string | number | undefined>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number(value)]));
}

const DEFAULTS: Partial<Settings> = {
  all: false,
  bwlimit: 0,
  compress: '0',
  fleecing: { enabled: false },
  fullbackup: 0,
  ionice: 7,
  lockwait: 180,
  mailnotification: 'always',
  mode: 'snapshot',
  'notification-mode': 'auto',
  performance: { 'max-workers': 16, 'pbs-entries-max': 1048576 },
  pigz: 0,
  quiet: false,
  remove: true,
  stdexcludes: true,
  stop: false,
  stopwait: 10,
  zstd: 1,
};

/**
 * The command line wins over vzdump.conf, which wins over the defaults. A storage and a dumpdir
 * exclude each other, so that of the file counts only where the command line has neither; the paths
 * to leave out add up. What is kept is decided by `withRetention`, when the storage is known.
 * Source: VZDump.pm new. @throws PaveError where options exclude each other
 */
export function mergeSettings(
  called: Partial<Settings>,
  conf: Partial<Settings>,
  stdout = false,
): Settings {
  const merged: Record<string, unknown> = { ...DEFAULTS };
  const { dumpdir, storage, ...rest } = conf;
  Object.assign(merged, rest);
  if (called.dumpdir === undefined && called.storage === undefined) {
    if (storage !== undefined) merged.storage = storage;
    else if (dumpdir !== undefined) merged.dumpdir = dumpdir;
  }
  Object.assign(merged, called);
  merged['prune-backups'] = called['prune-backups'];
  merged.performance = { ...DEFAULTS.performance, ...conf.performance, ...called.performance };
  const paths = [...(conf['exclude-path'] ?? []), ...(called['exclude-path'] ?? [])];
  if (paths.length > 0) merged['exclude-path'] = paths;
  const settings = merged as unknown as Settings;
  if (settings.storage !== undefined && stdout)
    throw new PaveError("cannot use options 'storage' and 'stdout' at the same time");
  if (settings.storage !== undefined && settings.dumpdir !== undefined)
    throw new PaveError("cannot use options 'storage' and 'dumpdir' at the same time");
  for (const key of ['dumpdir', 'tmpdir'] as const) {
    const path = settings[key];
    if (path !== undefined && path !== '/') settings[key] = path.replace(/\/+$/, '') || '/';
  }
  if (settings.dumpdir === undefined) settings.storage ??= 'local';
  else {
    delete settings['notes-template'];
    delete settings.protected;
  }
  return settings;
}

/**
 * What is kept: as the command line says, else the storage, else vzdump.conf, else all. Where all is
 * kept nothing is removed.
 */
export function withRetention(
  settings: Settings,
  storageKeep: KeepOptions | undefined,
  conf: Partial<Settings>,
): Settings {
  const keep = settings['prune-backups'] ??
    storageKeep ??
    conf['prune-backups'] ?? { 'keep-all': 1 };
  const keepsAll = Number(keep['keep-all'] ?? 0) === 1;
  return { ...settings, 'prune-backups': keep, remove: settings.remove && !keepsAll };
}

/** The storage's own retention; what is written wrong there is passed over, as in storage.cfg. */
export function storageRetention(values: ReadonlyMap<string, string>): KeepOptions | undefined {
  const text = values.get('prune-backups');
  if (text === undefined) return undefined;
  try {
    return parsePropertyString('prune-backups', text);
  } catch {
    return undefined;
  }
}
