/** Which guests there are, and where. */
import type { Store } from '../cluster/store.js';
import type { GuestKind } from '../config/types.js';
import { PaveError } from '../errors.js';

export interface GuestRef {
  vmid: number;
  kind: GuestKind;
  node: string;
  /** Path of its config below /etc/pve. */
  path: string;
}

const FOLDERS: Record<GuestKind, string> = { qemu: 'qemu-server', lxc: 'lxc' };

/** Path of a guest's config below /etc/pve. */
export function configPath(kind: GuestKind, node: string, vmid: number): string {
  return `nodes/${node}/${FOLDERS[kind]}/${vmid}.conf`;
}

function otherNodes(store: Store): string[] {
  return store.list('nodes').filter((node) => node !== store.node);
}

/** A guest may live on any node; this node is looked at first. */
export function findGuest(store: Store, vmid: number): GuestRef | undefined {
  const on = (node: string): GuestRef | undefined => {
    for (const kind of ['qemu', 'lxc'] as const) {
      const path = configPath(kind, node, vmid);
      if (store.exists(path)) return { vmid, kind, node, path };
    }
    return undefined;
  };
  const here = on(store.node);
  if (here !== undefined) return here;
  for (const node of otherNodes(store)) {
    const found = on(node);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Guests sorted by id; of one node where it is given, of all else. */
export function listGuests(
  store: Store,
  filter: { kind?: GuestKind; node?: string } = {},
): GuestRef[] {
  const found: GuestRef[] = [];
  const nodes =
    filter.node === undefined ? [...new Set([store.node, ...otherNodes(store)])] : [filter.node];
  const kinds: GuestKind[] = filter.kind === undefined ? ['qemu', 'lxc'] : [filter.kind];
  for (const node of nodes) {
    for (const kind of kinds) {
      for (const name of store.list(`nodes/${node}/${FOLDERS[kind]}`)) {
        const match = /^([1-9]\d{2,8})\.conf$/.exec(name);
        if (match === null) continue;
        found.push({
          vmid: Number(match[1]),
          kind,
          node,
          path: `nodes/${node}/${FOLDERS[kind]}/${name}`,
        });
      }
    }
  }
  return found.sort((a, b) => a.vmid - b.vmid);
}

/**
 * The guest of that kind on this node.
 * @throws PaveError the original's `Configuration file '…' does not exist`; says where it is instead
 */
export function requireGuest(store: Store, kind: GuestKind, vmid: number): GuestRef {
  const path = configPath(kind, store.node, vmid);
  if (store.exists(path)) return { vmid, kind, node: store.node, path };
  const elsewhere = findGuest(store, vmid);
  const hint =
    elsewhere === undefined
      ? undefined
      : elsewhere.kind !== kind
        ? `${vmid} is a ${elsewhere.kind === 'lxc' ? 'container: use pct' : 'virtual machine: use qm'}`
        : `it is on node '${elsewhere.node}': ssh root@${elsewhere.node}`;
  throw new PaveError(`Configuration file '${path}' does not exist`, {
    exitCode: 2,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** @throws PaveError when the id is taken, on any node, by either kind of guest */
export function assertVmidFree(store: Store, vmid: number): void {
  const guest = findGuest(store, vmid);
  if (guest !== undefined) {
    throw new PaveError(
      `${guest.kind === 'qemu' ? 'VM' : 'CT'} ${vmid} already exists on node '${guest.node}'`,
    );
  }
}
