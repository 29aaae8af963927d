/** Graphics card, VNC, tablet, serial and parallel ports, watchdog and other small cards. */
import { PaveError } from '../../errors.js';
import { agentEnabled } from '../agent.js';
import type { Build } from './build.js';

const MODELS: Record<string, string> = {
  std: 'VGA',
  cirrus: 'cirrus-vga',
  vmware: 'vmware-svga',
  virtio: 'virtio-vga',
};

export function addDisplay(build: Build): void {
  const props = build.props('vga');
  const windows = build.windows;
  const type = String(props.type ?? (windows >= 6 || windows === 0 ? 'std' : 'cirrus'));
  if (type === 'none' || type.startsWith('serial')) {
    if (type === 'none') build.option('-vga', 'none');
    build.option('-nographic');
    return;
  }
  const model = MODELS[type];
  if (model === undefined)
    throw new PaveError(`vga: type '${type}' is not supported yet`, {
      hint: 'use std, cirrus, vmware, virtio, none or serial0',
    });
  let text = `${model},id=vga`;
  if (props.memory !== undefined) {
    text +=
      type === 'virtio'
        ? `,max_hostmem=${Number(props.memory) * 1024 ** 2}`
        : `,vgamem_mb=${props.memory}`;
  }
  text += build.machine.q35 ? build.pcie('vga') : build.pci('vga');
  if (model === 'VGA' && windows > 0) text += ',edid=off';
  build.device(text);
  build.option('-vnc', `unix:${build.runFile('vnc')},password=on`);
}

export function addTablet(build: Build): void {
  const serial = /^(type=)?(serial\d|none)/.test(build.get('vga') ?? '');
  if (!build.machine.q35) build.device(`piix3-usb-uhci,id=uhci,bus=pci.0,addr=0x1.0x2`);
  if (build.on('tablet', !serial))
    build.device(`usb-tablet,id=tablet,bus=${build.machine.q35 ? 'ehci' : 'uhci'}.0,port=1`);
}

export function addPorts(build: Build): void {
  for (let i = 0; i < 4; i++) {
    const path = build.get(`serial${i}`);
    if (path === undefined) continue;
    const backend =
      path === 'socket'
        ? `socket,id=serial${i},path=${build.runFile(`serial${i}`)},server=on,wait=off`
        : `serial,id=serial${i},path=${path}`;
    build.devices.push('-chardev', backend);
    build.device(`isa-serial,chardev=serial${i}`);
  }
  for (let i = 0; i < 3; i++) {
    const path = build.get(`parallel${i}`);
    if (path === undefined) continue;
    build.devices.push(
      '-chardev',
      `${path.startsWith('/dev/usb/lp') ? 'serial' : 'parallel'},id=parallel${i},path=${path}`,
    );
    build.device(`isa-parallel,chardev=parallel${i}`);
  }
}

export function addAgent(build: Build): void {
  if (!agentEnabled(build.values)) return;
  build.devices.push('-chardev', `socket,path=${build.runFile('qga')},server=on,wait=off,id=qga0`);
  if (build.props('agent').type === 'isa') {
    build.device('isa-serial,chardev=qga0');
  } else {
    build.device(`virtio-serial,id=qga0${build.pci('qga0')}`);
    build.device('virtserialport,chardev=qga0,name=org.qemu.guest_agent.0');
  }
}

export function addSmallCards(build: Build): void {
  if (build.get('rng0') !== undefined) {
    const { source, max_bytes: bytes, period } = build.props('rng0');
    build.devices.push('-object', `rng-random,filename=${source},id=rng0`);
    const limit =
      String(bytes ?? 1024) === '0' ? '' : `,max-bytes=${bytes ?? 1024},period=${period ?? 1000}`;
    build.device(`virtio-rng-pci,rng=rng0${limit}${build.pci('rng0')}`);
  }
  if (build.get('balloon') !== '0')
    build.device(`virtio-balloon-pci,id=balloon0${build.pci('balloon0')},free-page-reporting=on`);
  if (build.get('watchdog') !== undefined) {
    const { model, action } = build.props('watchdog');
    // The ISA model has no place on a PCI bus.
    build.device(model === 'ib700' ? 'ib700' : `i6300esb${build.pci('watchdog')}`);
    if (action !== undefined) build.devices.push('-watchdog-action', String(action));
  }
}
