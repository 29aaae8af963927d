import { PaveError } from '../../errors.js';
import { findGuest } from '../../guest/find.js';
import { toolPath } from '../../host/installation.js';
import { bridgeExists, firstBridge, makeBridge, removeBridge } from '../../quickstart/bridge.js';
import { openConsole } from '../../quickstart/console.js';
import { readState, writeState } from '../../quickstart/state.js';
import { boolean, integer } from '../../schema/props.js';
import { type Context, defineCommand } from '../define.js';

const IMAGE = '/var/lib/vz/import/pave-guest.raw';
const NAME = 'pave-quickstart';

export default defineCommand({
  summary: 'Make a first virtual machine, boot it and shut it down: the main job, once, for real.',
  description:
    'Lays out /etc/pve, makes a bridge where there is none, builds a small bootable disk from Debian packages, ' +
    'creates a virtual machine from it, starts it, waits until its serial console says that it has booted, and ' +
    'shuts it down through ACPI. It may be run again and again; --clean takes away what it made.',
  args: {},
  options: {
    clean: boolean({
      description: 'Remove the virtual machine, the bridge and the image it made.',
    }),
    timeout: integer({
      description: 'Seconds the guest may take to boot.',
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
    if (ctx.host.dryRun)
      throw new PaveError('quickstart runs the tools themselves and has no dry run', {
        hint: 'use --dry-run with qm create, qm start, …',
      });
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
  const result = await ctx.host.run([toolPath(name), ...args], { effect: 'change' });
  return result.stdout.trimEnd();
}

async function clean(ctx: Context): Promise<void> {
  const state = readState(ctx.host);
  if (state.vmid !== undefined && findGuest(ctx.store, state.vmid) !== undefined) {
    await tool(ctx, 'qm', 'stop', String(state.vmid), '--skiplock', '1');
    await tool(
      ctx,
      'qm',
      'destroy',
      String(state.vmid),
      '--skiplock',
      '1',
      '--destroy-unreferenced-disks',
      '1',
    );
  }
  if (state.bridge !== undefined) await removeBridge(ctx.host, state.bridge);
  if (state.image !== undefined) ctx.host.files.unlink(state.image);
  writeState(ctx.host, {});
}

async function firstGuest(ctx: Context, timeoutMs: number): Promise<void> {
  const { host, out } = ctx;
  const began = host.clock.now();
  const say = (text: string) =>
    out.line(`[${((host.clock.now() - began) / 1000).toFixed(1).padStart(5)} s] ${text}`);

  say('laying out /etc/pve');
  ctx.store.ensureLayout();
  const state = readState(host);
  const update = (change: typeof state) => writeState(host, Object.assign(state, change));

  const bridge = firstBridge(host) ?? 'vmbr0';
  if (!bridgeExists(host, bridge)) {
    say(`making the bridge ${bridge}`);
    update({ bridge });
    await makeBridge(host, bridge);
  }

  say('building a bootable disk from Debian packages');
  update({ image: IMAGE });
  host.files.mkdir('/var/lib/vz/import');
  const script = toolPath('../scripts/guest-image.sh');
  await host.run([script, '--force', host.path(IMAGE)], {
    effect: 'change',
    onStderr: (line) => out.line(`  ${line.replace(/^guest-image: /, '')}`),
  });

  const vmid = await freeVmid(ctx);
  update({ vmid });
  say(`creating virtual machine ${vmid}`);
  const kvm = await kvmUsable(ctx);
  await tool(
    ctx,
    'qm',
    'create',
    String(vmid),
    '--name',
    NAME,
    '--memory',
    '512',
    '--ostype',
    'l26',
    '--scsihw',
    'virtio-scsi-pci',
    '--scsi0',
    `local:0,import-from=${host.path(IMAGE)}`,
    '--net0',
    `virtio,bridge=${bridge}`,
    '--serial0',
    'socket',
    '--vga',
    'std',
    ...(kvm ? [] : ['--kvm', '0']),
  );

  say(
    `starting it ${kvm ? 'with KVM' : 'without KVM: everything is emulated, so this takes a while'}`,
  );
  await tool(ctx, 'qm', 'start', String(vmid));
  const guest = await openConsole(host, `/var/run/qemu-server/${vmid}.serial0`);
  try {
    await guest.waitFor(/Pave guest ready[\s\S]*nics:.*\n/, timeoutMs);
    say('it has booted. Its console:');
    for (const line of guest.text().trim().split('\n').slice(-8)) out.line(`  | ${line}`);
  } finally {
    guest.close();
  }
  out.line(await tool(ctx, 'qm', 'list'));
  out.line(await tool(ctx, 'qm', 'status', String(vmid), '--verbose'));

  say('shutting it down through ACPI');
  await tool(ctx, 'qm', 'shutdown', String(vmid), '--timeout', '60');
  out.line(await tool(ctx, 'qm', 'status', String(vmid)));
  say('done');
  out.line(nextSteps(vmid));
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
