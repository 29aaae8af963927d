import { PaveError } from '../../errors.js';

/** As the original's MAX_VOLUMES_PER_GUEST. */
const MAX_VOLUMES = 1024;

/** `vm-100-disk-0.qcow2`: the lowest number that no image of the guest has, of whatever format. */
export function freeDiskName(
  names: readonly string[],
  vmid: number,
  format: string,
  storeid: string,
): string {
  const taken = new Set<number>();
  const pattern = new RegExp(`(?:vm|base|subvol|basevol)-${vmid}-disk-(\\d+)`);
  for (const name of names) {
    const match = pattern.exec(name);
    if (match !== null) taken.add(Number(match[1]));
  }
  for (let i = 0; i < MAX_VOLUMES; i++) {
    if (!taken.has(i))
      return `${format === 'subvol' ? 'subvol' : 'vm'}-${vmid}-disk-${i}.${format}`;
  }
  throw new PaveError(`unable to allocate an image name for VM ${vmid} in storage '${storeid}'`, {
    hint: `it has ${MAX_VOLUMES} already: pvesm list ${storeid} --vmid ${vmid}`,
  });
}
