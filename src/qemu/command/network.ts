/** Network cards. Source: print_netdev_full and print_netdevice_full of the original. */
import { PaveError } from '../../errors.js';
import { type Net, parseNet } from '../net.js';
import type { Draft } from './draft.js';

const MAX_NETS = 32;
/** The kernel's names of network devices end here. */
const IFNAMSIZ = 16;

function number(value: string | number | undefined): number {
  return Number(value ?? 0);
}

/** @throws PaveError */
export function addNetwork(draft: Draft): void {
  for (let n = 0; n < MAX_NETS; n++) {
    const key = `net${n}`;
    const text = draft.value(key);
    if (text === undefined || text === '') continue;
    draft.attempt(() => {
      const net = parseNet(text);
      draft.devices.push('-netdev', netBackend(draft, net, n));
      // A machine 10.0 is then one with this revision, on which the MTU is always given.
      draft.guard(10, 0, 1);
      draft.device(netDevice(draft, net, key));
    });
  }
}

/** `-netdev`: a tap that is on its bridge already (stock) or put there by a script, or user networking. */
export function netBackend(draft: Draft, net: Net, n: number): string {
  const id = `net${n}`;
  const name = draft.value('name') ?? `vm${draft.vmid}`;
  const queues =
    number(net.queues) > 0 && net.model === 'virtio' ? `,queues=${number(net.queues)}` : '';
  if (net.bridge === undefined) {
    // User networking has one queue.
    return `type=user,id=${id},hostname=${name}${draft.stock ? '' : queues}`;
  }
  const tap = `tap${draft.vmid}i${n}`;
  if (tap.length >= IFNAMSIZ)
    throw new PaveError(`interface name '${tap}' is too long (max 15 character)`);
  const { vhostNet } = draft.platform;
  const fast = draft.native && net.model === 'virtio' && vhostNet && (draft.kvm || !draft.stock);
  const vhost = fast ? ',vhost=on' : '';
  const scripts = draft.stock
    ? 'script=no,downscript=no'
    : 'script=/usr/libexec/qemu-server/pve-bridge,downscript=/usr/libexec/qemu-server/pve-bridgedown';
  return `type=tap,id=${id},ifname=${tap},${scripts}${vhost}${queues}`;
}

const ROMS: Record<string, string> = {
  'virtio-net-pci': 'pxe-virtio.rom',
  e1000: 'pxe-e1000.rom',
  e1000e: 'pxe-e1000e.rom',
  ne2k: 'pxe-ne2k_pci.rom',
  pcnet: 'pxe-pcnet.rom',
  rtl8139: 'pxe-rtl8139.rom',
};

/** `-device` of a card. @throws PaveError for an MTU that cannot be, or without an address */
export function netDevice(draft: Draft, net: Net, key: string): string {
  if (net.macaddr === undefined) {
    throw new PaveError(`${key}: the card has no MAC address`, {
      hint: `qm set ${draft.vmid} --${key} '${draft.value(key)}' gives it one`,
    });
  }
  const virtio = net.model === 'virtio';
  const model = virtio ? 'virtio-net-pci' : net.model;
  // The ISA card has no place on a PCI bus.
  const address = draft.stock && model === 'ne2k_isa' ? '' : draft.pciAddress(key);
  let text = `${model},mac=${net.macaddr},netdev=${key}${address},id=${key}`;
  const queues = number(net.queues);
  if (queues > 1 && virtio && (net.bridge !== undefined || !draft.stock)) {
    // Two vectors a queue, one for the configuration and one for control.
    text += `,vectors=${queues * 2 + 2},mq=on`;
    if (draft.machineAtLeast(7, 1)) text += ',packed=on';
  }
  if (draft.machineAtLeast(7, 1) && virtio) text += ',rx_queue_size=1024,tx_queue_size=256';
  const boot = draft.bootIndex.get(key);
  if (boot !== undefined) text += `,bootindex=${boot}`;
  text += hostMtu(draft, net, key);
  const rom = draft.machine.oldRoms ? ROMS[model] : undefined;
  if (rom !== undefined) text += `,romfile=${rom}`;
  if (virtio) text += tunnelOffload(draft, net);
  return text;
}

function hostMtu(draft: Draft, net: Net, key: string): string {
  const forced = draft.input.options?.hostMtu?.get(key);
  const wanted = net.mtu === undefined ? undefined : number(net.mtu);
  if (net.model !== 'virtio' || net.bridge === undefined || forced === 0) {
    if (wanted !== undefined) warnUnused(draft, net, key, wanted, forced === 0);
    return '';
  }
  const bridge = draft.facts.bridgeMtu?.get(net.bridge) ?? 1500;
  let mtu = forced ?? wanted ?? bridge;
  if (mtu === 1) mtu = bridge;
  if (mtu < 576)
    throw new PaveError(`netdev ${key}: MTU '${mtu}' is smaller than the IP minimum MTU '576'`);
  if (mtu > bridge) {
    throw new PaveError(
      `netdev ${key}: MTU '${mtu}' is bigger than the bridge MTU '${bridge}' - adjust the MTU for the network device in the VM configuration, while ensuring that the bridge is configured as desired.`,
    );
  }
  // With the option the card itself is another one: it must always be there, or never.
  const always = draft.machineAtLeast(10, 0, 1) || forced !== undefined;
  return always || mtu !== 1500 ? `,host_mtu=${mtu}` : '';
}

function warnUnused(draft: Draft, net: Net, key: string, mtu: number, skipped: boolean): void {
  let reason = 'not using VirtIO';
  if (skipped) {
    if (!draft.machineAtLeast(10, 0, 1) && mtu === 1500) return;
    reason = 'not used on the source side according to migration parameters';
  } else if (net.bridge === undefined) {
    reason = 'no bridge configured';
  }
  draft.warn(`netdev ${key}: ignoring MTU '${mtu}', ${reason}`);
}

/** UDP tunnels of the guest unpacked by the host: since QEMU 10.2, off unless asked for since 11.0. */
function tunnelOffload(draft: Draft, net: Net): string {
  const wanted = net['host-tunnel'];
  if (draft.machineAtLeast(11, 0, 1)) return number(wanted) > 0 ? '' : ',host_tunnel=off';
  if (draft.machineAtLeast(10, 2) && wanted !== undefined && number(wanted) === 0)
    return ',host_tunnel=off';
  return '';
}
