/** Balloon, watchdog, random numbers, shared memory, generation id. */
import { PaveError } from '../../errors.js';
import { rootTag } from '../../host/root-tag.js';
import { ivshmemFormat, rng0Format } from '../options/devices.js';
import { watchdogFormat } from '../options/general.js';
import type { Draft } from './draft.js';
import { pcieAddress } from './pci-address.js';

/** On by default: it is what tells the host how much memory the guest really uses. */
export function addBalloon(draft: Draft): void {
  if (draft.integer('balloon') === 0) return;
  // A huge page that the guest reports as free goes back to the host, which may have none when the
  // guest wants it again: QEMU would die of that.
  const givesBack = !draft.stock || draft.value('hugepages') === undefined;
  const reporting = draft.machineAtLeast(6, 2) && givesBack ? ',free-page-reporting=on' : '';
  draft.device(`virtio-balloon-pci,id=balloon0${draft.pciAddress('balloon0')}${reporting}`);
}

export function addWatchdog(draft: Draft): void {
  const watchdog = draft.properties<Record<string, string>>('watchdog', watchdogFormat);
  if (watchdog === undefined) return;
  const model = watchdog.model ?? 'i6300esb';
  const address = draft.pciAddress('watchdog');
  // The other model is an ISA card, which has no address.
  draft.device(draft.stock && model !== 'i6300esb' ? model : `${model}${address}`);
  if (watchdog.action !== undefined) draft.devices.push('-watchdog-action', watchdog.action);
}

/** @throws PaveError when the source is not there */
export function addRng(draft: Draft): void {
  const rng = draft.properties<Record<string, string | number>>('rng0', rng0Format);
  if (rng === undefined || !draft.guard(4, 1, 2)) return;
  const source = String(rng.source);
  if (draft.facts.rngSources?.has(source) === false) {
    throw new PaveError(
      `${draft.stock ? 'rng0: ' : ''}cannot create VirtIO RNG device: source file '${source}' doesn't exist or has no hardware behind it`,
    );
  }
  draft.devices.push('-object', `rng-random,filename=${source},id=rng0`);
  const bytes = Number(rng.max_bytes ?? 1024);
  if (draft.stock && (bytes < 0 || Number(rng.period ?? 1) < 0))
    throw new PaveError('rng0: neither max_bytes nor period can be less than 0');
  if (draft.stock && bytes > 0 && Number(rng.period ?? 1) === 0)
    throw new PaveError('rng0: a period of 0 ms does not go with a limit (max_bytes)');
  const limit = bytes === 0 ? '' : `,max-bytes=${bytes},period=${rng.period ?? 1000}`;
  draft.device(`virtio-rng-pci,rng=rng0${limit}${draft.pciAddress('rng0')}`);
}

/** Where a VM's shared memory lies; one with a name can be another VM's too. */
export function sharedMemoryPath(
  name: string | number | undefined,
  vmid: number,
  root: string,
): string {
  return `/dev/shm/pve-shm-${name ?? `${vmid}${rootTag(root)}`}`;
}

/**
 * `ivshmem`: memory that the guest shares with other processes of the host. @throws PaveError for
 * a size QEMU cannot map
 */
export function addSharedMemory(draft: Draft): void {
  const given = draft.properties<Record<string, string | number>>('ivshmem', ivshmemFormat);
  if (given === undefined) return;
  // It is a PCI region: QEMU aborts for another size.
  const size = Number(given.size);
  if (draft.stock && (size & (size - 1)) !== 0)
    throw new PaveError(`ivshmem: size ${size} (MB) is not a power of two`);
  const path = sharedMemoryPath(given.name, draft.vmid, draft.input.root);
  const object = `memory-backend-file,id=ivshmem,share=on,mem-path=${path},size=${given.size}M`;
  const address = draft.q35 ? pcieAddress('ivshmem') : draft.pciAddress('ivshmem');
  // The empty option at the end is the original's.
  draft.device(`ivshmem-plain,memdev=ivshmem${address}${draft.stock ? '' : ','}`);
  draft.devices.push('-object', object);
}

export function addGenerationId(draft: Draft): void {
  const id = draft.value('vmgenid');
  if (id === undefined || id === '' || id === '0') return;
  draft.device(`vmgenid,guid=${id}`);
}
