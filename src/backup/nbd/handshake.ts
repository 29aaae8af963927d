/** The first words with an NBD server: which export, in which way. */
import { PaveError } from '../../errors.js';
import type { Inbox } from './inbox.js';
import {
  FIXED_NEWSTYLE,
  GREETING,
  Has,
  I_HAVE_OPT,
  Info,
  NO_ZEROES,
  OPT_REPLY,
  Opt,
  optionErrorText,
  Rep,
} from './protocol.js';

/** More than this is no answer to an option. */
const MAX_REPLY = 1 << 16;
const MAX_REPLIES = 1024;
/** Every server takes requests of this size. */
const LEAST_MAXIMUM = 1 << 16;

export interface Agreement {
  /** Bytes. */
  size: number;
  readOnly: boolean;
  canTrim: boolean;
  canWriteZeroes: boolean;
  canFlush: boolean;
  structured: boolean;
  /** Name of a metadata context -> its number in replies. */
  contexts: ReadonlyMap<string, number>;
  /** Sizes of a request, in bytes: every offset and length is a multiple of the first. */
  minimumBlock: number;
  maximumBlock: number;
}

export interface Wanted {
  name: string;
  contexts: readonly string[];
}

/** @throws PaveError where the server has no such export or is none */
export async function shakeHands(
  inbox: Inbox,
  send: (bytes: Uint8Array) => void,
  wanted: Wanted,
): Promise<Agreement> {
  const greeting = await inbox.bytes(18);
  if (greeting.readBigUInt64BE(0) !== GREETING || greeting.readBigUInt64BE(8) !== I_HAVE_OPT)
    throw new PaveError('no NBD server answers there');
  const flags = greeting.readUInt16BE(16);
  if ((flags & FIXED_NEWSTYLE) === 0)
    throw new PaveError('the NBD server speaks an old dialect only');
  const ours = Buffer.alloc(4);
  ours.writeUInt32BE(FIXED_NEWSTYLE | (flags & NO_ZEROES));
  send(ours);
  const ask = optionAsker(inbox, send);
  const structured = (await ask(Opt.structuredReply)).refused === undefined;
  const contexts = structured ? await chooseContexts(ask, wanted) : new Map<string, number>();
  return { structured, contexts, ...(await go(ask, wanted.name)) };
}

interface Answer {
  replies: { type: number; data: Buffer }[];
  refused?: string;
}

type Ask = (option: number, data?: Buffer) => Promise<Answer>;

function optionAsker(inbox: Inbox, send: (bytes: Uint8Array) => void): Ask {
  return async (option, data = Buffer.alloc(0)) => {
    const head = Buffer.alloc(16);
    head.writeBigUInt64BE(I_HAVE_OPT, 0);
    head.writeUInt32BE(option, 8);
    head.writeUInt32BE(data.length, 12);
    send(Buffer.concat([head, data]));
    const replies: Answer['replies'] = [];
    for (;;) {
      const reply = await inbox.bytes(20);
      const length = reply.readUInt32BE(16);
      if (
        reply.readBigUInt64BE(0) !== OPT_REPLY ||
        reply.readUInt32BE(8) !== option ||
        length > MAX_REPLY
      )
        throw new PaveError('the NBD server answers something else than it was asked');
      const type = reply.readUInt32BE(12);
      const body = await inbox.bytes(length);
      if (type >= Rep.error)
        return { replies, refused: optionErrorText(type, body.toString('utf8')) };
      if (type === Rep.ack) return { replies };
      if (replies.length === MAX_REPLIES)
        throw new PaveError('the NBD server does not come to the end of its answer');
      replies.push({ type, data: body });
    }
  };
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

async function chooseContexts(ask: Ask, wanted: Wanted): Promise<Map<string, number>> {
  const chosen = new Map<string, number>();
  if (wanted.contexts.length === 0) return chosen;
  const count = Buffer.alloc(4);
  count.writeUInt32BE(wanted.contexts.length);
  const answer = await ask(
    Opt.setMetaContext,
    Buffer.concat([text(wanted.name), count, ...wanted.contexts.map(text)]),
  );
  if (answer.refused !== undefined) return chosen;
  for (const { type, data } of answer.replies) {
    if (type === Rep.metaContext && data.length >= 4)
      chosen.set(data.toString('utf8', 4), data.readUInt32BE(0));
  }
  return chosen;
}

async function go(ask: Ask, name: string): Promise<Omit<Agreement, 'structured' | 'contexts'>> {
  const asks = Buffer.alloc(4);
  asks.writeUInt16BE(1, 0);
  asks.writeUInt16BE(Info.blockSize, 2);
  const answer = await ask(Opt.go, Buffer.concat([text(name), asks]));
  if (answer.refused !== undefined)
    throw new PaveError(`the NBD server refuses the export '${name}': ${answer.refused}`);
  let size: number | undefined;
  let flags = 0;
  let minimumBlock = 1;
  let maximumBlock = 32 << 20;
  for (const { type, data } of answer.replies) {
    if (type !== Rep.info || data.length < 2) continue;
    const kind = data.readUInt16BE(0);
    if (kind === Info.export && data.length >= 12) {
      size = Number(data.readBigUInt64BE(2));
      flags = data.readUInt16BE(10);
    } else if (kind === Info.blockSize && data.length >= 14) {
      minimumBlock = data.readUInt32BE(2);
      maximumBlock = Math.min(maximumBlock, data.readUInt32BE(10));
      const power = (minimumBlock & (minimumBlock - 1)) === 0;
      if (
        !power ||
        minimumBlock < 1 ||
        minimumBlock > LEAST_MAXIMUM ||
        maximumBlock < LEAST_MAXIMUM
      )
        throw new PaveError('the NBD server tells block sizes that cannot be');
    }
  }
  if (size === undefined)
    throw new PaveError('the NBD server does not tell the size of its export');
  if (!Number.isSafeInteger(size))
    throw new PaveError(`the NBD server tells a size that cannot be: ${size}`);
  return {
    size,
    readOnly: (flags & Has.readOnly) !== 0,
    canTrim: (flags & Has.trim) !== 0,
    canWriteZeroes: (flags & Has.writeZeroes) !== 0,
    canFlush: (flags & Has.flush) !== 0,
    minimumBlock,
    maximumBlock,
  };
}
