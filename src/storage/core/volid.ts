import { PaveError } from '../../errors.js';

/** `storage:name` in its parts. @throws PaveError `unable to parse volume ID '…'` */
export function parseVolid(volid: string): { storeid: string; volname: string } {
  const parsed = tryParseVolid(volid);
  if (parsed === undefined) throw new PaveError(`unable to parse volume ID '${volid}'`);
  return parsed;
}

/** The same; undefined where it is none. Source: Plugin.pm parse_volume_id. */
export function tryParseVolid(volid: string): { storeid: string; volname: string } | undefined {
  const match = /^([a-z][a-z0-9\-_.]*[a-z0-9]):(.+)$/i.exec(volid);
  return match === null ? undefined : { storeid: match[1]!, volname: match[2]! };
}
