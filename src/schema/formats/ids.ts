/** Formats of names and ids. Source: PVE::JSONSchema, PVE::Storage::Plugin. */
import { PaveError } from '../../errors.js';
import { parseIdMap } from '../idmap.js';
import { parseStartupOrder } from '../startup.js';
import { parseSize } from '../units.js';
import { type FormatCheck, matching } from './check.js';

/** Source of the pattern of a configuration id (snapshot names, job ids, …). */
export const CONFIGID_RE = '[a-zA-Z][a-zA-Z0-9_-]+';
/** A pool, perhaps of a pool: up to three names. */
const POOL_ID = /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+){0,2}$/;
/** Source of the pattern of one guest tag. */
export const TAG_RE = '[a-zA-Z0-9_][a-zA-Z0-9_\\-+.]*';

const EMAIL_USER = '[\\w+\\-~]+(?:\\.[\\w+\\-~]+)*';
const EMAIL = `${EMAIL_USER}@[a-zA-Z0-9-]+(?:\\.[a-zA-Z0-9-]+)*`;

function idOf(kind: string): FormatCheck {
  return (id) => {
    if (id.length < 2)
      throw new PaveError(`${kind} ID '${id}' cannot be shorter than 2 characters`);
    if (!/^[a-z][a-z0-9\-_.]*[a-z0-9]$/i.test(id)) {
      throw new PaveError(`${kind} ID '${id}' contains illegal characters`);
    }
  };
}

const storageId = idOf('storage');
const bridgeId = matching(/^[-_.\w]+$/, (id) => `invalid bridge ID '${id}'`);

function idPair(check: FormatCheck): FormatCheck {
  return (text) => parseIdMap(text, check);
}

function vlanIdOrRange(value: string): void {
  const match = /^(\d+)(?:-(\d+))?$/.exec(value);
  if (!match) throw new PaveError(`invalid VLAN configuration '${value}'`);
  for (const tag of match.slice(1)) {
    if (tag !== undefined && (Number(tag) < 2 || Number(tag) > 4094)) {
      throw new PaveError(`invalid VLAN tag '${tag}'`);
    }
  }
  if (match[2] !== undefined && Number(match[1]) >= Number(match[2])) {
    throw new PaveError(`VLAN range must go from lower to higher tag '${value}'`);
  }
}

/**
 * An area/place name of the time zone database. The original looks it up in zone.tab; here the
 * runtime's own copy of the database answers.
 */
function timezone(zone: string): void {
  if (zone === 'UTC') return;
  try {
    if (!/^[A-Z][A-Za-z_]*\/[A-Za-z0-9_+/-]+$/.test(zone)) throw new RangeError(zone);
    new Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    throw new PaveError(`invalid time zone '${zone}'`);
  }
}

/** The table; built when first asked for. */
export const idFormats = (): Record<string, FormatCheck> => ({
  string: () => undefined,
  urlencoded: matching(/^[-%a-zA-Z0-9_.!~*'()]*$/, (v) => `invalid urlencoded string: ${v}`),
  uri: matching(/^[a-z][a-z0-9+.-]*:\S+$/i, (v) => `value does not look like a valid URI: ${v}`),
  'pve-poolid': matching(POOL_ID, (v) => `value '${v}' does not look like a valid pool name`),
  'pve-configid': matching(CONFIGID_RE, (v) => `invalid configuration ID '${v}'`),
  'pve-storage-id': storageId,
  'pve-bridge-id': bridgeId,
  'acme-plugin-id': idOf('ACME plugin'),
  'pve-vmid': matching(/^[1-9][0-9]{2,8}$/, 'value does not look like a valid VM ID'),
  'pve-node': matching(
    /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/,
    'value does not look like a valid node name',
  ),
  'storage-pair': idPair(storageId),
  'bridge-pair': idPair(bridgeId),
  'ldap-simple-attr': matching(
    /^[a-zA-Z0-9]+$/,
    (v) => `value '${v}' does not look like a simple ldap attribute name`,
  ),
  email: matching(EMAIL, 'value does not look like a valid email address'),
  'email-or-username': matching(
    `${EMAIL}|${EMAIL_USER}`,
    'value does not look like a valid email address or user name',
  ),
  timezone,
  'pve-iface': matching(
    /^[a-z][a-z0-9_]{1,20}(?:[:.]\d+)?$/i,
    (v) => `invalid network interface name '${v}'`,
  ),
  'pve-vlan-id-or-range': vlanIdOrRange,
  'disk-size': (v) => {
    if (parseSize(v) === undefined) {
      throw new PaveError(`value does not look like a valid disk size: ${v}`);
    }
  },
  'pve-startup-order': (v) => {
    if (!parseStartupOrder(v)) throw new PaveError('unable to parse startup options');
  },
  'pve-tag': matching(TAG_RE, 'invalid characters in tag'),
  'pve-tfa-secret': matching(
    /^(?:v2-0x[0-9a-fA-F]{16,128}|v2-[A-Z2-7=]{16,128}|[A-Z2-7=]{16}|[A-Fa-f0-9]{40})$/,
    'unable to decode TFA secret',
  ),
  'pve-task-status-type': matching(
    /^(?:ok|error|warning|unknown)$/i,
    (v) => `invalid status '${v}'`,
  ),
});
