import * as crypto from 'node:crypto';

type OneShot = (algorithm: string, data: Uint8Array, encoding: 'buffer') => Buffer;

/** Node 20.12 and later hash a short text without making an object first. */
const oneShot = (crypto as unknown as { hash?: OneShot }).hash;

/** MD5, the format's checksum of headers. */
export function md5(data: Uint8Array): Buffer {
  if (oneShot !== undefined) return oneShot('md5', data, 'buffer');
  return crypto.createHash('md5').update(data).digest();
}
