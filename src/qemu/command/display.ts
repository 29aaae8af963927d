/** Graphics cards, VNC and SPICE. Source: print_vga_device and config_to_command of the original. */
import { PaveError } from '../../errors.js';
import { parsePropertyString } from '../../schema/propertyString.js';
import { spiceEnhancementsFormat, vgaFormat } from '../options/devices.js';
import { type Draft, escapeComma } from './draft.js';
import { pcieAddress } from './pci-address.js';
import { needsSpice } from './qemu-offers.js';

export interface Vga {
  type: string;
  /** MiB. */
  memory?: number;
  clipboard?: string;
  /** Screens of a QXL card, 0 for other cards. */
  screens: number;
}

const MODELS: Record<string, string> = {
  cirrus: 'cirrus-vga',
  std: 'VGA',
  vmware: 'vmware-svga',
  virtio: 'virtio-vga',
  'virtio-gl': 'virtio-vga-gl',
};

/** The VGA-compatible variants of the VirtIO card are not built for ARM. */
const ARM_MODELS: Record<string, string> = {
  ...MODELS,
  virtio: 'virtio-gpu',
  'virtio-gl': 'virtio-gpu-gl',
};

/** The display as the config has it, or as the guest's kind and machine version imply. */
export function vgaOf(draft: Draft): Vga {
  const given = draft.properties<Record<string, string>>('vga', vgaFormat) ?? {};
  const qxl = /^qxl([234])?$/.exec(given.type ?? '');
  let type = qxl === null ? given.type : 'qxl';
  if (type === undefined) {
    if (draft.arch === 'aarch64') type = 'virtio';
    else if (draft.machineAtLeast(2, 9))
      type = draft.windows === 0 || draft.windows >= 6 ? 'std' : 'cirrus';
    else type = draft.windows >= 6 ? 'std' : 'cirrus';
  }
  return {
    type,
    ...(given.memory === undefined ? {} : { memory: Number(given.memory) }),
    ...(given.clipboard === undefined ? {} : { clipboard: given.clipboard }),
    screens: qxl === null ? 0 : Number(qxl[1] ?? 1),
  };
}

export function isSerialTerminal(vga: Vga): boolean {
  return /^serial\d+$/.test(vga.type);
}

/** A pointer with absolute coordinates, which VNC needs; SPICE and serial terminals do not. */
export function addTablet(draft: Draft, vga: Vga): void {
  const wanted = draft.flag('tablet') ?? (vga.screens === 0 && !isSerialTerminal(vga));
  if (!wanted) return;
  const bus = draft.q35 || draft.arch === 'aarch64' ? 'ehci' : 'uhci';
  draft.device(`usb-tablet,id=tablet,bus=${bus}.0,port=1`);
  if (draft.arch === 'aarch64') draft.device('usb-kbd,id=keyboard,bus=ehci.0,port=2');
}

/** The first card with its VNC server, or none. */
export function addDisplay(draft: Draft, vga: Vga): void {
  if (vga.type === 'none' || isSerialTerminal(vga)) {
    if (vga.type === 'none') draft.command.push('-vga', 'none');
    draft.command.push('-nographic');
    return;
  }
  draft.device(vgaDevice(draft, vga));
  if (vga.type === 'virtio-gl') draft.command.push('-display', 'egl-headless,gl=core');
  draft.command.push('-vnc', `unix:${draft.runFile('vnc')},password=on`);
}

/** The n-th card, counted from 0. @throws PaveError */
export function vgaDevice(draft: Draft, vga: Vga, n = 0): string {
  let model = (draft.arch === 'aarch64' ? ARM_MODELS : MODELS)[vga.type];
  let outputs = '';
  if (vga.screens > 0) {
    model = n > 0 ? 'qxl' : 'qxl-vga';
    // A Linux guest drives four screens with one card.
    const { ostype } = draft;
    if (/^l\d\d/.test(ostype) || ostype.endsWith('other'))
      outputs = draft.machineAtLeast(4, 1) ? ',max_outputs=4' : '';
  }
  if (model === undefined) throw new PaveError(`no device-type for ${vga.type}`);
  if (vga.type === 'virtio-gl') checkRendering(draft);
  const bios = draft.value('bios') ?? 'seabios';
  const edid = model === 'VGA' && draft.windows > 0 && bios !== 'ovmf' ? ',edid=off' : '';
  const id = n > 0 ? `vga${n}` : 'vga';
  const address = draft.q35 && n === 0 ? pcieAddress(id) : draft.pciAddress(id);
  return `${model},id=${id}${vgaMemory(vga, n)}${outputs}${address}${edid}`;
}

function vgaMemory(vga: Vga, n: number): string {
  if (!vga.memory) return vga.screens > 0 && n > 0 ? ',ram_size=67108864,vram_size=33554432' : '';
  if (vga.type.startsWith('virtio')) return `,max_hostmem=${vga.memory * 1024 ** 2}`;
  const memory = `,vgamem_mb=${vga.memory}`;
  return vga.screens > 0
    ? `${memory},ram_size_mb=${vga.memory * 4},vram_size_mb=${vga.memory * 2}`
    : memory;
}

function checkRendering(draft: Draft): void {
  if (draft.facts.renderNode === false) {
    throw new PaveError(
      `${draft.stock ? 'vga: ' : ''}no DRM render node detected (/dev/dri/renderD*), no GPU? - needed for 'virtio-gl' display`,
    );
  }
}

/** Clipboard, further screens and SPICE. @throws PaveError */
export function addSpice(draft: Draft, vga: Vga): void {
  const vncClipboard = vga.clipboard === 'vnc';
  if (vncClipboard && !/^(std|cirrus|vmware|virtio|qxl)/.test(vga.type))
    throw new PaveError(`vga type ${vga.type} is not compatible with VNC clipboard`);
  const spice = hasSpice(draft, vga);
  if (!spice && !vncClipboard) return;
  addScreens(draft, vga);
  draft.device(`virtio-serial,id=spice${draft.pciAddress('spice')}`);
  draft.devices.push(
    '-chardev',
    vncClipboard
      ? 'qemu-vdagent,id=vdagent,name=vdagent,clipboard=on'
      : 'spicevmc,id=vdagent,name=vdagent',
  );
  draft.device('virtserialport,chardev=vdagent,name=com.redhat.spice.0');
  if (spice) addSpiceServer(draft);
}

/** The original's VirtIO cards come with SPICE; on stock QEMU a VNC console is enough for them. */
export function hasSpice(draft: Draft, vga: Vga): boolean {
  if (draft.stock) return !draft.template && needsSpice(draft.values);
  return vga.screens > 0 || vga.type.startsWith('virtio');
}

function addScreens(draft: Draft, vga: Vga): void {
  if (vga.screens <= 1) return;
  if (draft.windows > 0) {
    for (let n = 1; n < vga.screens; n++) draft.device(vgaDevice(draft, vga, n));
    return;
  }
  const bytes = (factor: number) => vga.screens * factor * (vga.memory ?? 0) * 1024 ** 2;
  const ram = vga.memory ? bytes(4) : 134217728;
  const vram = vga.memory ? bytes(2) : 67108864;
  draft.command.push('-global', `qxl-vga.ram_size=${ram}`);
  draft.command.push('-global', `qxl-vga.vram_size=${vram}`);
}

/**
 * The original listens on a port, encrypted with the cluster's certificate. Stock QEMU gets a socket
 * that only root can open; nobody gets in before he was given a ticket.
 */
function serverAddress(draft: Draft): string {
  if (draft.stock) return `unix=on,addr=${escapeComma(draft.runFile('spice'))}`;
  const { spice } = draft.facts;
  if (spice === undefined) throw new PaveError('no free port for SPICE');
  return `tls-port=${spice.port},addr=${spice.address},tls-ciphers=HIGH`;
}

function addSpiceServer(draft: Draft): void {
  const text = draft.value('spice_enhancements') ?? '';
  const enhancements = text === '' ? {} : parsePropertyString(spiceEnhancementsFormat, text);
  if (String(enhancements.foldersharing ?? 0) === '1') {
    draft.devices.push('-chardev', 'spiceport,id=foldershare,name=org.spice-space.webdav.0');
    draft.device('virtserialport,chardev=foldershare,name=org.spice-space.webdav.0');
  }
  let server = `${serverAddress(draft)},seamless-migration=on`;
  if (enhancements.videostreaming !== undefined)
    server += `,streaming-video=${enhancements.videostreaming}`;
  draft.devices.push('-spice', server);
}
