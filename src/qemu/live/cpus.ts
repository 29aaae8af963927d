/** Virtual CPUs plugged into and out of a running VM. Source: qemu_cpu_hotplug of the original. */
import { PaveError } from '../../errors.js';
import { cpuDevice } from '../command/cpu.js';
import type { Qmp } from '../qmp/client.js';
import { withQmp } from '../qmp/client.js';
import { draftOf, hotplugs } from './draft.js';
import type { LiveHandler } from './index.js';
import { unplugDevice } from './unplug.js';

export const cpuChanges: LiveHandler = {
  keys: /^vcpus$/,
  async apply(ctx, change) {
    if (!hotplugs(change.current, 'cpu')) return false;
    const draft = await draftOf(ctx, change);
    const max =
      (draft.integer('sockets') || draft.integer('smp') || 1) * (draft.integer('cores') || 1);
    const wanted = Number(change.value ?? 0) || max;
    if (wanted > max) throw new PaveError("you can't add more vcpus than maxcpus");
    const now = draft.integer('vcpus') || max;
    // Emulation keeps the memory listener of a CPU that is gone: QEMU 7.2 crashes at the next change.
    if (wanted < now && draft.stock && !draft.kvm)
      throw new PaveError(
        'without KVM a CPU cannot be unplugged from a running VM; it goes at the next start',
      );
    await withQmp(ctx.host, change.vmid, async (qmp) => {
      if ((await count(qmp)) !== now && !ctx.host.dryRun)
        throw new PaveError('vcpus in running vm does not match its configuration');
      for (let n = now + 1; n <= wanted; n++) {
        // QEMU has it as soon as it answers; the guest takes it when it likes.
        await qmp.execute('device_add', arguments_(cpuDevice(draft, n)), { timeoutMs: 60_000 });
        change.reached(String(n));
      }
      for (let n = now; n > wanted; n--) {
        const what = async () =>
          `the guest has ${await count(qmp)} CPUs, not ${n - 1}: it does not take part in the change`;
        await unplugDevice(ctx, qmp, `cpu${n}`, async () => (await count(qmp)) === n - 1, what);
        change.reached(String(n - 1));
      }
    });
    return true;
  },
};

async function count(qmp: Qmp): Promise<number> {
  return (await qmp.execute<unknown[]>('query-cpus-fast')).length;
}

/** `driver,key=value,…` as QMP takes it. */
function arguments_(device: string): Record<string, unknown> {
  const [driver, ...pairs] = device.split(',');
  const values = pairs.map((pair): [string, unknown] => {
    const [key, text] = pair.split('=') as [string, string];
    return [key, key.endsWith('-id') ? Number(text) : text];
  });
  return { driver, ...Object.fromEntries(values) };
}
