/**
 * Addresses of volumes on a server as options of a block node: `-blockdev` takes no URLs. Source:
 * qemu_blockdev_options of the original's storage plugins.
 */
import { PaveError } from '../../errors.js';

type Node = Record<string, unknown>;

/** @throws PaveError for an address of no kind that QEMU knows */
export function urlNode(url: string): Node {
  const scheme = /^([a-z+_]+):/.exec(url)?.[1];
  const node = scheme === undefined ? undefined : KINDS[scheme]?.(url);
  if (node === undefined) throw new PaveError(`QEMU cannot open '${url}'`);
  return node;
}

const KINDS: Record<string, (url: string) => Node | undefined> = {
  file: (url) => ({ driver: 'file', filename: url.slice('file:'.length) }),
  host_device: (url) => ({ driver: 'host_device', filename: url.slice('host_device:'.length) }),
  iscsi: (url) => iscsiNode(url, 'tcp'),
  iser: (url) => iscsiNode(url, 'iser'),
  rbd: rbdNode,
  nbd: nbdNode,
  'nbd+tcp': nbdNode,
  'nbd+unix': nbdNode,
};

function iscsiNode(url: string, transport: string): Node | undefined {
  const match = /^[a-z]+:\/\/(\S+)\/(\S+)\/(\d+)$/.exec(url);
  if (match === null) return undefined;
  const [, portal, target, lun] = match;
  return { driver: 'iscsi', portal, target, lun: Number(lun), transport };
}

function nbdNode(url: string): Node | undefined {
  const inet = (host: string, port = '10809') => ({
    type: 'inet',
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port,
  });
  const named = (name: string | undefined) => (name === undefined ? {} : { export: name });
  let match = /^nbd\+unix:\/\/\/(\S+)?\?socket=(\S+)$/.exec(url);
  if (match !== null)
    return { driver: 'nbd', server: { type: 'unix', path: match[2] }, ...named(match[1]) };
  match = /^nbd:unix:(\S+?)(?::exportname=(\S+))?$/.exec(url);
  if (match !== null)
    return { driver: 'nbd', server: { type: 'unix', path: match[1] }, ...named(match[2]) };
  match = /^nbd(?:\+tcp)?:\/\/(\S+?)(?::(\d+))?\/(\S+)?$/.exec(url);
  if (match !== null)
    return { driver: 'nbd', server: inet(match[1]!, match[2]), ...named(match[3]) };
  match = /^nbd(?:\+tcp)?:(\S+):(\d+)(?::exportname=(\S+))?$/.exec(url);
  return match === null
    ? undefined
    : { driver: 'nbd', server: inet(match[1]!, match[2]), ...named(match[3]) };
}

/** Monitors listen here (msgr2). */
const MONITOR_PORT = '3300';

/** Host and port of a monitor: `10.0.0.1`, `10.0.0.1:6789`, `[::1]:3300`, `::1`. */
function monitor(text: string): { host: string; port: string } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  if (bracketed !== null) return { host: bracketed[1]!, port: bracketed[2] ?? MONITOR_PORT };
  const plain = /^([^:]+):(\d+)$/.exec(text);
  return plain === null ? { host: text, port: MONITOR_PORT } : { host: plain[1]!, port: plain[2]! };
}

/** `rbd:pool/namespace/image@snapshot:key=value:…`, colons in values escaped. */
function rbdNode(url: string): Node {
  const [image, ...pairs] = url
    .slice('rbd:'.length)
    .split(/(?<!\\):/)
    .map((part) => part.replaceAll('\\:', ':'));
  const options = new Map(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at + 1)] as const;
    }),
  );
  const parts = image!.split('/');
  const [name, snapshot] = parts.pop()!.split('@');
  const node: Node = { driver: 'rbd', pool: parts[0] ?? 'rbd', image: name };
  if (parts.length > 1) node.namespace = parts[1];
  if (snapshot !== undefined) node.snapshot = snapshot;
  const set = (key: string, value: unknown) => {
    if (value !== undefined) node[key] = value;
  };
  set('conf', options.get('conf'));
  set('user', options.get('id'));
  set('server', options.get('mon_host')?.split(';').map(monitor));
  const auth = options.get('auth_supported');
  set('auth-client-required', auth === undefined ? undefined : [auth]);
  return node;
}
