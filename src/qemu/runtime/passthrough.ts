/**
 * PCI devices handed to a VM: claimed, taken from their drivers and given to vfio-pci before QEMU
 * starts; after a start that failed, every one is back where it was. After a run a device stays
 * with vfio-pci, as the original leaves it: few drivers survive getting a used card back.
 */
import { messageOf, PaveError } from '../../errors.js';
import type { GuestContext } from '../../guest/load.js';
import type { Host } from '../../host/types.js';
import { mdevUuid } from '../command/hostpci.js';
import { chooseHostPci, type HostPci } from '../command/hostpci-choice.js';
import { clearNvidiaType, createMdev, removeMdev, setNvidiaType } from '../hostdev/mdev.js';
import { release, reserve, reservedBy } from '../hostdev/reservations.js';
import { hasIommu, pciInfo } from '../hostdev/sysfs.js';
import {
  bindToVfio,
  giveBack,
  groupToTake,
  loadVfio,
  resetDevice,
  type Taken,
} from '../hostdev/vfio.js';
import type { Companion, Run } from './companions.js';
import { RUN_DIR, runFile, runningPid } from './state.js';

/** Seconds a start may take before its claims are void. */
const CLAIM_S = 300;

export const passthrough: Companion = {
  what: 'its PCI devices',

  async prepare(ctx, run) {
    const chosen = chosenDevices(run);
    if (chosen.size === 0) return;
    if (!hasIommu(ctx.host)) {
      throw new PaveError(`${keysOf(chosen)}: cannot prepare PCI pass-through, IOMMU not present`, {
        hint: 'switch VT-d or AMD-Vi on in the firmware; on Intel also boot with intel_iommu=on',
      });
    }
    const whole = [...chosen.values()].filter(({ mdev }) => mdev === undefined);
    await reserve(
      ctx.host,
      run.vmid,
      whole.flatMap(({ ids }) => ids.map(({ id }) => id)),
      { seconds: CLAIM_S },
    );
    for (const [n, device] of chosen) await prepareOne(ctx, run, n, device);
  },

  async started(ctx, run) {
    const pid = runningPid(ctx.host, run.vmid);
    const ids = reservedBy(ctx.host, run.vmid);
    if (pid === undefined || ids.length === 0) return;
    await reserve(ctx.host, run.vmid, ids, { pid });
    ctx.host.files.unlink(takenFile(run.vmid));
  },

  async remove(ctx, vmid, config) {
    const { host } = ctx;
    const problems: string[] = [];
    const attempt = (work: () => void) => {
      try {
        work();
      } catch (error) {
        problems.push(messageOf(error));
      }
    };
    for (const key of config.main.values.keys()) {
      const match = /^hostpci(\d+)$/.exec(key);
      if (match !== null) attempt(() => removeMdev(host, mdevUuid(vmid, Number(match[1]))));
    }
    for (const id of reservedBy(host, vmid)) attempt(() => clearNvidiaType(host, id));
    for (const taken of readTaken(host, vmid).reverse()) attempt(() => giveBack(host, taken));
    host.files.unlink(takenFile(vmid));
    await release(host, vmid);
    if (problems.length > 0) throw new PaveError(problems.join('\n'));
  },
};

function chosenDevices({ values, input, built }: Run): Map<number, HostPci> {
  if (![...values.keys()].some((key) => /^hostpci\d+$/.test(key))) return new Map();
  return chooseHostPci(values, input.facts ?? {}, {
    q35: built.argv.some((word) => /(^|,)type=(pc-)?q35/.test(word)),
    vga: values.get('vga'),
  });
}

function keysOf(chosen: ReadonlyMap<number, HostPci>): string {
  return [...chosen.keys()].map((n) => `hostpci${n}`).join(', ');
}

async function prepareOne(ctx: GuestContext, run: Run, n: number, device: HostPci): Promise<void> {
  const { host, out } = ctx;
  const warn = (text: string) => out.warn(text);
  if (device.mdev !== undefined) {
    makeMediated(ctx, run.vmid, n, device, warn);
    return;
  }
  for (const { id } of device.ids) {
    if (device.nvidia !== undefined) {
      setNvidiaType(host, id, device.nvidia);
    } else if (device.options.driver !== 'keep') {
      await takeGroup(ctx, run.vmid, n, id, device);
      resetDevice(host, id, warn);
    }
  }
}

/** The first of the cards that has one left. */
function makeMediated(
  ctx: GuestContext,
  vmid: number,
  n: number,
  device: HostPci,
  warn: (text: string) => void,
): void {
  const failures: string[] = [];
  for (const { id } of device.ids) {
    try {
      createMdev(ctx.host, id, mdevUuid(vmid, n), device.mdev!, warn);
      return;
    } catch (error) {
      failures.push(messageOf(error));
    }
  }
  throw new PaveError(`hostpci${n}: could not create mediated device: ${failures.join('; ')}`);
}

/** A device shares its IOMMU group with others: they all leave their drivers, or none can. */
async function takeGroup(
  ctx: GuestContext,
  vmid: number,
  n: number,
  id: string,
  device: HostPci,
): Promise<void> {
  const { host } = ctx;
  if (pciInfo(host, id)?.iommuGroup === undefined)
    throw new PaveError(`hostpci${n}: PCI device '${id}' is in no IOMMU group`);
  await loadVfio(host);
  const wanted = new Set(device.ids.map((other) => other.id));
  for (const member of groupToTake(host, id)) {
    if (!wanted.has(member.id) && member.driver !== undefined)
      ctx.out.warn(
        `hostpci${n}: '${member.id}' is in the IOMMU group of '${id}' and is taken from its driver '${member.driver}'`,
      );
    // Noted first: should we be killed, the next start or stop gives it back.
    note(host, vmid, { id: member.id, driver: member.driver ?? '' });
    bindToVfio(host, member);
  }
}

function takenFile(vmid: number): string {
  return runFile(vmid, 'pci');
}

function note(host: Host, vmid: number, taken: Taken): void {
  host.files.mkdir(RUN_DIR);
  const all = [...readTaken(host, vmid), taken];
  host.files.write(takenFile(vmid), all.map(({ id, driver }) => `${id} ${driver}\n`).join(''));
}

function readTaken(host: Host, vmid: number): Taken[] {
  return (host.files.read(takenFile(vmid)) ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id, driver] = line.split(' ');
      return { id: id!, driver: driver ?? '' };
    });
}
