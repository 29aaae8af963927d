import { messageOf } from '../../errors.js';
import { findGuest } from '../../guest/find.js';
import { loadGuest } from '../../guest/load.js';
import { toolPath } from '../../host/installation.js';
import { parseNet } from '../../qemu/net.js';
import { isStillOurs, NAME, removeFolders, STORAGE, uuidOf } from '../../quickstart/clean.js';
import { openConsole } from '../../quickstart/console.js';
import {
  freeBridge,
  isNat,
  makePlainBridge,
  reachGuest,
  removePlainBridge,
} from '../../quickstart/network.js';
import { readState, writeState } from '../../quickstart/state.js';
import { boolean, integer } from '../../schema/props.js';
import { type Context, defineCommand } from '../define.js';

const IMAGE = `${STORAGE}/import/pave-guest.raw`;

export default defineCommand({
  summary: 'Make a first virtual machine, boot it and shut it down: the main job, once, for real.',
  description:
    'Lays out /etc/pve, makes a network in which guests get addresses, builds a small bootable disk from Debian packages, ' +
    'creates a virtual machine from it, starts it, waits until its serial console says that it has booted and until ' +
    'it answers over the network, and shuts it down through ACPI. It may be run again and again; --clean takes away what it made.',
  args: {},
  options: {
    clean: boolean({
      description: 'Remove the virtual machine, the network and the image it made.',
    }),
    timeout: integer({
      description: 'Seconds the guest may take to boot, to answer, and to shut down.',
      minimum: 10,
      default: 150,
    }),
  },
  effect: 'change',
  examples: [
    { command: 'pave quickstart', does: 'Boots a first virtual machine.' },
    { command: 'pave quickstart --clean', does: 'Removes it again.' },
  ],
  async run(ctx, input) {
    await clean(ctx);
    if (input.clean) {
      ctx.out.line('quickstart: removed what it had made');
      return;
    }
    await firstGuest(ctx, (input.timeout ?? 150) * 1000);
  },
});

/** Runs one of our own tools as a person would, shows the command, and gives what it printed. */
async function tool(ctx: Context, name: string, ...args: string[]): Promise<string> {
  ctx.out.line(`$ ${[name, ...args].join(' ')}`);
  const work = ctx.host.run([toolPath(name), ...args], { effect: 'change' });
  const result = await during(ctx, () => `${name} ${args[0]}`, work);
  return result.stdout.trimEnd();
}

async function clean(ctx: Context): Promise<void> {
  const { host, store, out } = ctx;
  const state = readState(host);
  const vmid = String(state.vmid);
  const ours = isStillOurs(store, state);
  if (ours) {
    await tool(ctx, 'qm', 'stop', vmid, '--skiplock', '1');
    await tool(ctx, 'qm', 'destroy', vmid, '--skiplock', '1', '--destroy-unreferenced-disks', '1');
  } else if (ours === false) {
    out.line(`VM ${vmid} is not as the quickstart made it any more: it stays.`);
    out.line(`  qm destroy ${vmid} removes it, with its disks`);
  }
  // A bridge that a guest still needs stays as well.
  if (state.bridge !== undefined && ours !== false) await removeNetwork(ctx, state.bridge);
  if (state.image !== undefined) host.files.unlink(state.image);
  removeFolders(host, state);
  writeState(host, {});
}

async function removeNetwork(ctx: Context, bridge: string): Promise<void> {
  if (!isNat(ctx.host, bridge)) return removePlainBridge(ctx.host, bridge);
  try {
    await tool(ctx, 'pave', 'network', 'nat', bridge, '--remove');
  } catch (error) {
    // Somebody's guest is on it.
    ctx.out.line(`The network ${bridge} stays: ${messageOf(error)}`);
  }
}

/** On a terminal a spinner tells what is under way, with the last line of it. */
async function during<T>(ctx: Context, text: () => string, work: Promise<T>): Promise<T> {
  if (!ctx.out.isTty) return await work;
  const began = ctx.host.clock.now();
  const timer = setInterval(() => {
    const seconds = Math.floor((ctx.host.clock.now() - began) / 1000);
    ctx.out.progress({ done: 0, text: `${text()} (${seconds} s)` });
  }, 200);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    ctx.out.progressEnd();
    // It is off the screen before the next line comes.
    await new Promise((done) => setImmediate(done));
  }
}

async function firstGuest(ctx: Context, timeoutMs: number): Promise<void> {
  const { host, out } = ctx;
  const began = host.clock.now();
  const say: Say = (text) =>
    out.line(`[${((host.clock.now() - began) / 1000).toFixed(1).padStart(5)} s] ${text}`);
  const state = readState(host);
  const update: Update = (change) => writeState(host, Object.assign(state, change));
  const isNew = (path: string) => !host.files.exists(path);
  if (isNew('/etc/pve')) update({ etcPve: true });
  if (isNew(STORAGE)) update({ varLibVz: true });
  say('laying out /etc/pve');
  ctx.store.ensureLayout();

  const bridge = freeBridge(host);
  say(`making the network ${bridge}, in which guests reach the world through this machine`);
  update({ bridge });
  const nat = await makeNetwork(ctx, bridge);

  say('building a bootable disk from Debian packages');
  update({ image: IMAGE });
  await buildImage(ctx);

  const vmid = await freeVmid(ctx);
  update({ vmid });
  say(`creating virtual machine ${vmid}`);
  const kvm = await kvmUsable(ctx);
  await createGuest(ctx, vmid, { bridge, kvm });
  const uuid = uuidOf(ctx.store, vmid);
  if (uuid !== undefined) update({ uuid });

  say(
    `starting it ${kvm ? 'with KVM' : 'without KVM: everything is emulated, so this takes a while'}`,
  );
  await tool(ctx, 'qm', 'start', String(vmid));
  // A dry run has started nothing that could be watched.
  if (!host.dryRun) {
    await watchBoot(ctx, vmid, say, timeoutMs);
    if (nat)
      say(`it has the address ${await addressOf(ctx, vmid, bridge, timeoutMs)} and answers there`);
    out.line(await tool(ctx, 'qm', 'list'));
    out.line(await tool(ctx, 'qm', 'status', String(vmid), '--verbose'));
  }

  say('shutting it down through ACPI');
  await tool(ctx, 'qm', 'shutdown', String(vmid), '--timeout', String(timeoutMs / 1000));
  out.line(await tool(ctx, 'qm', 'status', String(vmid)));
  say('done');
  out.line(nextSteps(vmid));
}

/** Prints a line with the seconds since the beginning. */
type Say = (text: string) => void;
/** Notes what was made, for `--clean`. */
type Update = (change: ReturnType<typeof readState>) => void;

async function buildImage(ctx: Context): Promise<void> {
  const { host, out } = ctx;
  host.files.mkdir('/var/lib/vz/import');
  const script = toolPath('../scripts/guest-image.sh');
  let step = 'looking at the packages';
  const build = host.run([script, '--force', host.path(IMAGE)], {
    effect: 'change',
    onStderr: (line) => {
      step = line.replace(/^guest-image: /, '');
      if (!out.isTty) out.line(`  ${step}`);
    },
  });
  await during(ctx, () => step, build);
}

async function createGuest(
  ctx: Context,
  vmid: number,
  { bridge, kvm }: { bridge: string; kvm: boolean },
): Promise<void> {
  const options = {
    name: NAME,
    memory: '512',
    ostype: 'l26',
    scsihw: 'virtio-scsi-pci',
    scsi0: `local:0,import-from=${ctx.host.path(IMAGE)}`,
    net0: `virtio,bridge=${bridge}`,
    serial0: 'socket',
    vga: 'std',
    ...(kvm ? {} : { kvm: '0' }),
  };
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  await tool(ctx, 'qm', 'create', String(vmid), ...words);
}

/** Waits until the serial console says that the guest has booted, and shows what it said. */
async function watchBoot(ctx: Context, vmid: number, say: Say, timeoutMs: number): Promise<void> {
  const { host, out } = ctx;
  const guest = await openConsole(host, `/var/run/qemu-server/${vmid}.serial0`);
  try {
    const ready = /Pave guest ready[\s\S]*nics:.*\n/;
    const boot = guest.waitFor(ready, timeoutMs, '\ncat /run/banner\n');
    const last = () => guest.text().trimEnd().split('\n').at(-1)!.slice(0, 60);
    await during(ctx, () => `the guest boots: ${last()}`, boot);
    say('it has booted. Its console:');
    for (const line of guest.text().trim().split('\n').slice(-8)) out.line(`  | ${line}`);
  } finally {
    guest.close();
  }
}

/** Once it answers. */
async function addressOf(
  ctx: Context,
  vmid: number,
  bridge: string,
  timeoutMs: number,
): Promise<string> {
  const net = loadGuest(ctx, 'qemu', vmid).config.main.values.get('net0') ?? '';
  return await reachGuest(ctx, bridge, parseNet(net).macaddr ?? '', timeoutMs);
}

/** False where the machine can do no NAT: the guest then boots without an address. */
async function makeNetwork(ctx: Context, bridge: string): Promise<boolean> {
  try {
    ctx.out.line(await tool(ctx, 'pave', 'network', 'nat', bridge, '--dhcp'));
    return true;
  } catch (error) {
    ctx.out.warn(`no NAT network: ${messageOf(error)}`);
    ctx.out.warn(`${bridge} becomes a bridge without addresses: the guest is not reached over it`);
    await makePlainBridge(ctx.host, bridge);
    return false;
  }
}

async function freeVmid(ctx: Context): Promise<number> {
  for (let vmid = 100; ; vmid++) if (findGuest(ctx.store, vmid) === undefined) return vmid;
}

async function kvmUsable(ctx: Context): Promise<boolean> {
  const { probeKvm } = await import('../../host/platform.js');
  return (await probeKvm(ctx.host)).kvm === 'usable';
}

function nextSteps(vmid: number): string {
  return `
Go on with:
  qm start ${vmid} && qm terminal ${vmid}      start it and log in on its serial console (Ctrl+O leaves)
  qm config ${vmid}                        what it is made of: /etc/pve/qemu-server/${vmid}.conf
  qm set ${vmid} --memory 1024 --cores 2   change it; add --dry-run to see what would happen
  pvesm status                         where its disk lives
  npm run quickstart -- --clean        remove it again`;
}
