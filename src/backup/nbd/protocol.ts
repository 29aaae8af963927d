/**
 * Numbers of the NBD protocol. Source: doc/proto.md of the NBD project; the dirty bitmap context is
 * QEMU's (docs/interop/nbd.txt).
 */
export const GREETING = 0x4e42444d41474943n; // NBDMAGIC
export const I_HAVE_OPT = 0x49484156454f5054n; // IHAVEOPT
export const OPT_REPLY = 0x0003e889045565a9n;
export const REQUEST = 0x25609513;
export const SIMPLE_REPLY = 0x67446698;
export const STRUCTURED_REPLY = 0x668e33ef;

/** Handshake flags. */
export const FIXED_NEWSTYLE = 1;
export const NO_ZEROES = 2;

export const Opt = { abort: 2, go: 7, structuredReply: 8, setMetaContext: 10 } as const;
export const Rep = { ack: 1, info: 3, metaContext: 4, error: 0x80000000 } as const;
export const Info = { export: 0, blockSize: 3 } as const;

/** Transmission flags. */
export const Has = {
  readOnly: 1 << 1,
  flush: 1 << 2,
  fua: 1 << 3,
  trim: 1 << 5,
  writeZeroes: 1 << 6,
  df: 1 << 7,
  multiConn: 1 << 8,
} as const;

export const Cmd = {
  read: 0,
  write: 1,
  disconnect: 2,
  flush: 3,
  trim: 4,
  writeZeroes: 6,
  blockStatus: 7,
} as const;

/** Command flag: unmapping is not wanted where zeroes are written. */
export const NO_HOLE = 1 << 1;

/** Chunks of a structured reply. */
export const Chunk = {
  none: 0,
  offsetData: 1,
  offsetHole: 2,
  blockStatus: 5,
  error: 0x8000 + 1,
  errorOffset: 0x8000 + 2,
} as const;
export const CHUNK_DONE = 1;

export const BASE_ALLOCATION = 'base:allocation';
/** Of base:allocation: nothing is allocated there. */
export const STATE_HOLE = 1;
/** Of base:allocation: reads as zeroes. */
export const STATE_ZERO = 2;
/** Of qemu:dirty-bitmap. */
export const STATE_DIRTY = 1;

const ERRORS: Record<number, string> = {
  1: 'Operation not permitted',
  5: 'Input/output error',
  12: 'Cannot allocate memory',
  22: 'Invalid argument',
  28: 'No space left on device',
  75: 'Value too large',
  95: 'Operation not supported',
  108: 'Server is shutting down',
};

export function errorText(code: number): string {
  return ERRORS[code] ?? `error ${code}`;
}

const OPTION_ERRORS: Record<number, string> = {
  1: 'not supported by the server',
  2: 'forbidden by its policy',
  3: 'invalid request',
  4: 'not supported on its platform',
  5: 'it wants TLS',
  6: 'no such export',
  7: 'it is shutting down',
  8: 'block sizes must be agreed on',
  9: 'too large',
};

export function optionErrorText(type: number, message: string): string {
  const reason = OPTION_ERRORS[type - Rep.error] ?? `error ${type - Rep.error}`;
  return message === '' ? reason : `${reason} (${message})`;
}
