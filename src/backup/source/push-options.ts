/** The first words with a QEMU that connects: which export it wants, and what it may ask of it. */
import { BASE_ALLOCATION, I_HAVE_OPT, Info, OPT_REPLY, Opt, Rep } from '../nbd/protocol.js';
import type { PushTarget } from './push-server.js';

const INFO = 6;
const UNSUPPORTED = Rep.error + 1;
const INVALID = Rep.error + 3;
const UNKNOWN = Rep.error + 6;
/** Flags, flush, write zeroes; flags, read-only. */
const WRITE_FLAGS = 1 | (1 << 2) | (1 << 6);
const READ_FLAGS = 1 | (1 << 1);
export const MAX_REQUEST = 32 << 20;
/** Of an option, before its data. */
export const OPTION_HEAD = 16;
const MAX_OPTION = 65536;
/** The only context there is. */
export const CONTEXT = 1;

export interface OptionAnswer {
  reply: Buffer;
  /** The client leaves. */
  over?: true;
  /** Requests come from here on. */
  target?: PushTarget;
  /** It may ask for the block status. */
  status?: boolean;
}

/** An option's number and how much data follows; undefined where it is none. */
export function optionHead(head: Buffer): { option: number; length: number } | undefined {
  const length = head.readUInt32BE(12);
  if (head.readBigUInt64BE(0) !== I_HAVE_OPT || length > MAX_OPTION) return undefined;
  return { option: head.readUInt32BE(8), length };
}

export class Negotiation {
  /** Replies with data are structured ones. */
  structured = false;
  /** The export whose block status was asked for. */
  private context: string | undefined;

  constructor(private readonly targets: ReadonlyMap<string, PushTarget>) {}

  answer(option: number, data: Buffer): OptionAnswer {
    switch (option) {
      case Opt.abort:
        return { reply: replyTo(option, Rep.ack), over: true };
      case Opt.structuredReply:
        if (![...this.targets.values()].every(({ status }) => status !== undefined)) break;
        this.structured = true;
        return { reply: replyTo(option, Rep.ack) };
      case Opt.setMetaContext:
        if (this.structured) return { reply: this.contexts(option, data) };
        break;
      case INFO:
      case Opt.go:
        return this.go(option, data);
    }
    return { reply: replyTo(option, UNSUPPORTED) };
  }

  private contexts(option: number, data: Buffer): Buffer {
    this.context = undefined;
    const [name, ...queries] = contextNames(data) ?? [];
    if (name === undefined) return replyTo(option, INVALID);
    if (!this.targets.has(name)) return replyTo(option, UNKNOWN);
    const ack = replyTo(option, Rep.ack);
    if (!queries.includes(BASE_ALLOCATION)) return ack;
    this.context = name;
    const found = Buffer.concat([u32(CONTEXT), Buffer.from(BASE_ALLOCATION)]);
    return Buffer.concat([replyTo(option, Rep.metaContext, found), ack]);
  }

  private go(option: number, data: Buffer): OptionAnswer {
    const name = text(data, 0)?.value;
    const target = name === undefined ? undefined : this.targets.get(name);
    if (target === undefined) return { reply: replyTo(option, UNKNOWN) };
    const about = Buffer.alloc(12);
    about.writeUInt16BE(Info.export, 0);
    about.writeBigUInt64BE(BigInt(target.size), 2);
    about.writeUInt16BE(target.read === undefined ? WRITE_FLAGS : READ_FLAGS, 10);
    const blocks = Buffer.alloc(14);
    blocks.writeUInt16BE(Info.blockSize, 0);
    blocks.writeUInt32BE(512, 2);
    blocks.writeUInt32BE(65536, 6);
    blocks.writeUInt32BE(MAX_REQUEST, 10);
    const infos = [about, blocks].map((info) => replyTo(option, Rep.info, info));
    const reply = Buffer.concat([...infos, replyTo(option, Rep.ack)]);
    if (option === INFO) return { reply };
    return { reply, target, status: this.context === name && target.status !== undefined };
  }
}

/** The export and the queries of an option; undefined where lengths do not fit. */
function contextNames(data: Buffer): string[] | undefined {
  const name = text(data, 0);
  if (name === undefined || data.length < name.end + 4) return undefined;
  const names = [name.value];
  let at = name.end + 4;
  for (let left = data.readUInt32BE(name.end); left > 0; left--) {
    const query = text(data, at);
    if (query === undefined) return undefined;
    names.push(query.value);
    at = query.end;
  }
  return names;
}

/** A text with its length before it, and where it ends. */
function text(data: Buffer, at: number): { value: string; end: number } | undefined {
  if (data.length < at + 4) return undefined;
  const end = at + 4 + data.readUInt32BE(at);
  return data.length < end ? undefined : { value: data.toString('utf8', at + 4, end), end };
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function replyTo(option: number, type: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(20);
  head.writeBigUInt64BE(OPT_REPLY, 0);
  head.writeUInt32BE(option, 8);
  head.writeUInt32BE(type, 12);
  head.writeUInt32BE(data.length, 16);
  return Buffer.concat([head, data]);
}
