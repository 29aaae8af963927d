import { webOwner } from '../host/accounts.js';
import { errnoOf } from '../host/errors.js';
import type { Host } from '../host/types.js';

export const BASE = '/etc/pve';

/**
 * Folders that the original makes for files it watches.
 * Source: pve-cluster Cluster.pm `observed` and Setup.pm `gen_local_dirs`.
 */
const SHARED = ['nodes', 'firewall', 'ha', 'sdn', 'virtual-guest', 'mapping'];
const OF_NODE = ['lxc', 'qemu-server', 'openvz'];
const LINKS = ['lxc', 'qemu-server', 'openvz'];

/** Below `priv`, of the cluster or of a node, everything is for root alone. */
export function isPrivate(path: string): boolean {
  return /^(?:priv|nodes\/[^/]+\/priv|local\/priv)(?:\/|$)/.test(path);
}

/** The cluster file system is mounted: it lays itself out and sets owners and modes. */
export function isMounted(host: Host): boolean {
  return host.files.exists(`${BASE}/.version`);
}

/** Whether this node has its place; the link is made last. */
export function isLaidOut(host: Host): boolean {
  return host.files.lstat(`${BASE}/local`) !== undefined && nodeFolderThere(host);
}

function nodeFolderThere(host: Host): boolean {
  return host.files.exists(`${BASE}/nodes/${host.node}/qemu-server`);
}

/** Makes what is missing of /etc/pve. Modes and owners of what is there already stay. */
export function layOut(host: Host): void {
  const { files } = host;
  const group = webOwner(host, 'group');
  const folder = (path: string, mode = 0o755) => {
    const full = path === '' ? BASE : `${BASE}/${path}`;
    if (!files.exists(full)) files.mkdir(full, { mode, ...group });
  };
  const mounted = isMounted(host);
  if (!mounted) folder('');
  for (const path of SHARED) folder(path);
  folder('priv', 0o700);
  folder('priv/lock', 0o700);
  folder('priv/acme', 0o700);
  folder(`nodes/${host.node}`);
  for (const path of OF_NODE) folder(`nodes/${host.node}/${path}`);
  folder(`nodes/${host.node}/priv`, 0o700);
  if (mounted) return;
  for (const name of LINKS) link(host, name, `nodes/${host.node}/${name}`);
  link(host, 'local', `nodes/${host.node}`);
}

/** A link of that name to another node stays: several nodes may share one folder. */
function link(host: Host, name: string, target: string): void {
  const path = `${BASE}/${name}`;
  if (host.files.lstat(path) !== undefined) return;
  try {
    host.files.symlink(target, path);
  } catch (error) {
    // Another process laid it out in the same moment.
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

/** Takes away what layOut made, as long as nobody has put anything in: only links and empty folders. */
export function removeEmptyLayout(host: Host): boolean {
  const { files } = host;
  if (isMounted(host) || !files.exists(BASE)) return false;
  const links = [...LINKS, 'local'].map((name) => `${BASE}/${name}`);
  const folders: string[] = [];
  const onlyFolders = (path: string): boolean => {
    folders.unshift(path);
    return (files.list(path) ?? []).every((name) => {
      const entry = `${path}/${name}`;
      const kind = files.lstat(entry)?.kind;
      if (kind === 'symlink') return links.includes(entry);
      return kind === 'directory' && onlyFolders(entry);
    });
  };
  if (!onlyFolders(BASE)) return false;
  for (const entry of links) files.unlink(entry);
  for (const path of folders) files.rmdir(path);
  return true;
}
