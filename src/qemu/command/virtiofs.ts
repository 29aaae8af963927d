/** Directories of the host in the guest. Source: Virtiofs.pm of the original. */
import { PaveError } from '../../errors.js';
import { virtiofsNFormat } from '../options/passthrough.js';
import { type Draft, escapeComma } from './draft.js';

const MAX_VIRTIOFS = 10;

export function virtiofsKeys(draft: Draft): string[] {
  return Array.from({ length: MAX_VIRTIOFS }, (_, n) => `virtiofs${n}`).filter(
    (key) => (draft.value(key) ?? '') !== '',
  );
}

/** Socket of the server of the n-th directory. */
export function virtiofsSocket(draft: Draft, n: number): string {
  const dir = draft.stock ? draft.runDir() : '/run/qemu-server';
  return `${dir}/virtiofsd/vm${draft.vmid}-fs${n}`;
}

/** @throws PaveError */
export function addVirtiofs(draft: Draft): void {
  for (const key of virtiofsKeys(draft)) {
    const n = Number(key.slice('virtiofs'.length));
    const given = draft.properties<Record<string, string | number>>(key, virtiofsNFormat)!;
    if (draft.windows > 0 && String(given['expose-acl'] ?? 0) === '1') {
      throw new PaveError(
        'Please disable ACLs for virtiofs on Windows VMs, otherwise the virtiofs shared directory cannot be mounted.',
      );
    }
    const known = draft.facts.directoryMappings;
    if (known !== undefined && !known.has(String(given.dirid)))
      throw new PaveError(`${key}: there is no directory mapping '${given.dirid}' for this node`);
    draft.devices.push(
      '-chardev',
      `socket,id=virtiofs${n},path=${escapeComma(virtiofsSocket(draft, n))}`,
    );
    draft.device(`vhost-user-fs-pci,queue-size=1024,chardev=virtiofs${n},tag=${given.dirid}`);
  }
}
