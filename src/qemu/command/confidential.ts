/** Memory the host cannot read: AMD SEV, Intel TDX. Source: get_amd_sev_object and get_intel_tdx_object. */
import { messageOf, PaveError } from '../../errors.js';
import { amdSevFormat, intelTdxFormat } from '../options/confidential.js';
import type { Draft } from './draft.js';
import { canonicalJson } from './json.js';

type Values = Record<string, string | number | undefined>;

function isOn(value: string | number | undefined, otherwise = false): boolean {
  return value === undefined ? otherwise : String(value) !== '0';
}

/**
 * What this host lacks for it, before anything else is looked for. On the original's QEMU the
 * object itself tells. @throws PaveError
 */
export function checkConfidential(draft: Draft): void {
  const sev = draft.properties<Values>('amd-sev', amdSevFormat);
  const tdx = draft.properties<Values>('intel-tdx', intelTdxFormat);
  const key = sev !== undefined ? 'amd-sev' : 'intel-tdx';
  if (!draft.stock || (sev === undefined && tdx === undefined)) return;
  const fail = (reason: string): never => {
    throw new PaveError(`${key}: ${reason}`);
  };
  if (sev !== undefined) named(draft, key, () => sevObject(draft, sev));
  else if (tdx !== undefined) named(draft, key, () => tdxObject(draft, tdx));
  if (!draft.kvm) fail('memory encryption needs KVM');
  const version = draft.qemu.version.join('.');
  if (sev?.type === 'snp' && !draft.qemuAtLeast(9, 1))
    fail(`SEV-SNP needs QEMU 9.1, this host has ${version}`);
  if (tdx !== undefined && !draft.qemuAtLeast(10, 1))
    fail(`TDX needs QEMU 10.1, this host has ${version}`);
  if (sev !== undefined && draft.facts.sev?.cbitpos === undefined)
    fail("the CPU's memory encryption facts cannot be read (modprobe cpuid)");
}

/** Adds the object and the machine's flags. @throws PaveError */
export function addConfidential(draft: Draft): void {
  const sev = draft.properties<Values>('amd-sev', amdSevFormat);
  const tdx = draft.properties<Values>('intel-tdx', intelTdxFormat);
  if (sev !== undefined) {
    draft.devices.push(
      '-object',
      named(draft, 'amd-sev', () => sevObject(draft, sev)),
    );
    draft.machineFlags.push('confidential-guest-support=sev0');
  } else if (tdx !== undefined) {
    const object = named(draft, 'intel-tdx', () => tdxObject(draft, tdx));
    draft.devices.push('-object', canonicalJson(object));
    draft.machineFlags.push('confidential-guest-support=tdx0', 'kernel_irqchip=split');
  }
}

/** The original's words; ours also say which option it is about. */
function named<T>(draft: Draft, key: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw draft.stock ? new PaveError(`${key}: ${messageOf(error)}`) : error;
  }
}

function sevObject(draft: Draft, sev: Values): string {
  const can = draft.facts.sev ?? {};
  if (!can['sev-support']) throw new PaveError('Your CPU does not support AMD SEV.');
  if (sev.type === 'es' && !can['sev-support-es'])
    throw new PaveError('Your CPU does not support AMD SEV-ES.');
  if (sev.type === 'snp' && !can['sev-support-snp'])
    throw new PaveError('Your CPU does not support AMD SEV-SNP.');
  if (draft.value('bios') !== 'ovmf')
    throw new PaveError('To use AMD SEV, you need to change the BIOS to OVMF.');
  const snp = sev.type === 'snp';
  let text = `${snp ? 'sev-snp-guest' : 'sev-guest'},id=sev0,cbitpos=${can.cbitpos}`;
  text += `,reduced-phys-bits=${can['reduced-phys-bits']}`;
  text += `,policy=0x${(snp ? snpPolicy(sev) : sevPolicy(sev)).toString(16)}`;
  return isOn(sev['kernel-hashes']) ? `${text},kernel-hashes=on` : text;
}

/** Bits of the guest's policy; sending it to another host (3) is never allowed. */
function sevPolicy(sev: Values): number {
  return (
    (isOn(sev['no-debug']) ? 1 << 0 : 0) |
    (isOn(sev['no-key-sharing']) ? 1 << 1 : 0) |
    (sev.type === 'es' ? 1 << 2 : 0) |
    (1 << 3)
  );
}

/** Bit 17 must be one. */
function snpPolicy(sev: Values): number {
  return (
    (1 << 17) | (isOn(sev['allow-smt'], true) ? 1 << 16 : 0) | (isOn(sev['no-debug']) ? 0 : 1 << 19)
  );
}

function tdxObject(draft: Draft, tdx: Values): Record<string, unknown> {
  if (!draft.facts.tdx?.['tdx-support'])
    throw new PaveError('Your CPU does not support Intel TDX.');
  if (draft.value('bios') !== 'ovmf')
    throw new PaveError('To use Intel TDX, you need to change the BIOS to OVMF.');
  const object = { 'qom-type': 'tdx-guest', id: 'tdx0' };
  if (!isOn(tdx.attestation, true)) return object;
  for (const part of ['cid', 'port'])
    if (tdx[`vsock-${part}`] === undefined) throw new PaveError(`Missing ${part} for vsock.`);
  const socket = { type: 'vsock', cid: String(tdx['vsock-cid']), port: String(tdx['vsock-port']) };
  return { ...object, 'quote-generation-socket': socket };
}
