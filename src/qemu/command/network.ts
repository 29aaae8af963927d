/** Network cards. */
import { PaveError } from '../../errors.js';
import { nicsOf } from '../runtime/tap.js';
import type { Build } from './build.js';

export function addNetwork(build: Build, bootIndexes: ReadonlyMap<string, number>): void {
  const { vmid } = build.input;
  for (const { index, net, tap } of nicsOf(vmid, build.values)) {
    const id = `net${index}`;
    const virtio = net.model === 'virtio';
    const queues = virtio ? Number(net.queues ?? 0) : 0;
    const vhost = virtio && build.kvm && build.input.platform.vhostNet ? ',vhost=on' : '';
    const many = queues > 1 ? `,queues=${queues}` : '';
    build.devices.push(
      '-netdev',
      tap === undefined
        ? `type=user,id=${id},hostname=${build.get('name') ?? `vm${vmid}`}`
        : `type=tap,id=${id},ifname=${tap},script=no,downscript=no${vhost}${many}`,
    );
    let device = `${virtio ? 'virtio-net-pci' : net.model},mac=${net.macaddr},netdev=${id}${build.pci(id)},id=${id}`;
    if (queues > 1) device += `,vectors=${queues * 2 + 2},mq=on,packed=on`;
    if (virtio) device += ',rx_queue_size=1024,tx_queue_size=256';
    const boot = bootIndexes.get(id);
    if (boot !== undefined) device += `,bootindex=${boot}`;
    if (virtio && net.bridge !== undefined)
      device += `,host_mtu=${mtuOf(build, id, net.bridge, net.mtu)}`;
    else if (net.mtu !== undefined)
      build.warnings.push(`netdev ${id}: ignoring MTU '${net.mtu}', not using VirtIO`);
    build.device(device);
  }
}

function mtuOf(
  build: Build,
  id: string,
  bridge: string,
  wanted: string | number | undefined,
): number {
  const bridgeMtu = build.input.facts?.bridgeMtu?.get(bridge) ?? 1500;
  const mtu = wanted === undefined || String(wanted) === '1' ? bridgeMtu : Number(wanted);
  if (mtu < 576)
    throw new PaveError(`netdev ${id}: MTU '${mtu}' is smaller than the IP minimum MTU '576'`);
  if (mtu > bridgeMtu) {
    throw new PaveError(`netdev ${id}: MTU '${mtu}' is bigger than the bridge MTU '${bridgeMtu}'`, {
      hint: `raise the bridge's: ip link set ${bridge} mtu ${mtu}, or set a smaller one on the card`,
    });
  }
  return mtu;
}
