/**
 * Parts of QEMU that a distribution packs apart: SPICE, 3D, devices of the host. The emulator itself
 * is asked what it has, where a config needs one of them.
 */
import { PaveError } from '../../errors.js';
import type { Platform, QemuInfo } from '../../host/platform-types.js';
import type { Host } from '../../host/types.js';
import { parsePropertyString } from '../../schema/propertyString.js';
import { audio0Format, vgaFormat } from '../options/devices.js';
import { usbNFormat } from '../options/passthrough.js';
import { compareVersions } from './version.js';

type Values = ReadonlyMap<string, string>;
type Asked = 'device' | 'spice' | 'display' | 'audiodev';

interface Need {
  key: string;
  asked: Asked;
  /** As `-device help` and the like list it. */
  name: string;
  what: string;
}

/** What all 3D cards are made of; Debian 12 packs it with the windows of QEMU, the cards not. */
const GL_CORE = 'virtio-gpu-gl-device';

/** Does anything of the config go through SPICE? Stock QEMU only has its server then. */
export function needsSpice(values: Values): boolean {
  return needsOf(values, 'x86_64').some(({ asked }) => asked === 'spice');
}

function needsOf(values: Values, arch: string): Need[] {
  const needs: Need[] = [];
  const need = (key: string, asked: Asked, name: string, what: string) =>
    needs.push({ key, asked, name, what });
  const read = (format: object, text: string) =>
    parsePropertyString(format as typeof vgaFormat, text) as Record<string, string>;
  for (const [key, text] of values) {
    if (text === '') continue;
    if (key === 'vga') {
      const { type } = read(vgaFormat, text);
      if (/^qxl/.test(type ?? '')) {
        need(key, 'device', 'qxl-vga', 'the QXL card');
        need(key, 'spice', 'spice', 'SPICE');
      } else if (type === 'virtio-gl') {
        need(key, 'device', arch === 'aarch64' ? 'virtio-gpu-gl-pci' : 'virtio-vga-gl', '3D');
        need(key, 'device', GL_CORE, '3D');
        need(key, 'display', 'egl-headless', '3D');
      }
    } else if (/^usb\d+$/.test(key)) {
      const { host } = read(usbNFormat, text);
      if (host === 'spice') {
        need(key, 'device', 'usb-redir', 'USB redirection');
        need(key, 'spice', 'spice', 'SPICE');
      } else need(key, 'device', 'usb-host', 'USB devices of the host');
    } else if (key === 'audio0' && (read(audio0Format, text).driver ?? 'spice') === 'spice') {
      need(key, 'audiodev', 'spice', 'sound over SPICE');
      need(key, 'spice', 'spice', 'SPICE');
    } else if (key === 'spice_enhancements') need(key, 'spice', 'spice', 'SPICE');
  }
  return needs;
}

/** @throws PaveError naming every key that the installed QEMU has no part for, and the package */
export async function checkOffers(host: Host, platform: Platform, values: Values): Promise<void> {
  const arch = values.get('arch') ?? platform.arch;
  const qemu = platform.qemu[arch as keyof Platform['qemu']];
  // The original's build has everything in one piece.
  if (qemu === undefined || qemu.flavour !== 'stock') return;
  const needs = needsOf(values, arch);
  const asked = [...new Set(needs.map((need) => need.asked))];
  const offered = new Map(
    await Promise.all(asked.map(async (what) => [what, await offers(host, qemu, what)] as const)),
  );
  const missing = needs.filter(({ asked, name }) => !offered.get(asked)!.has(name));
  if (missing.length === 0) return;
  const lines = new Set(missing.map(({ key, what }) => `${key}: this QEMU has no ${what}`));
  const packages = [...new Set(missing.map((need) => packageOf(need, qemu)))].join(' ');
  throw new PaveError([...lines].join('\n'), { hint: `apt install ${packages}` });
}

async function offers(host: Host, { binary }: QemuInfo, asked: Asked): Promise<Set<string>> {
  const { code, stdout } = await host.run([binary, `-${asked}`, 'help'], {
    effect: 'read',
    allowExit: 'any',
    timeoutMs: 10_000,
  });
  // Asking for these ends with a failure, as a wrong word would: what counts is the list.
  if (asked === 'spice') return new Set(/\btls-port=/.test(stdout) ? ['spice'] : []);
  if (code !== 0) return new Set();
  if (asked !== 'device') return new Set(stdout.split('\n').map((line) => line.trim()));
  return new Set([...stdout.matchAll(/^name "([^"]+)"/gm)].map(([, name]) => name!));
}

/** Debian 12 packs these parts with the emulators, Debian 13 apart from them. */
function packageOf({ name }: Need, { version }: QemuInfo): string {
  if (name === GL_CORE && compareVersions(version, [8, 0]) < 0) return 'qemu-system-gui';
  if (compareVersions(version, [8, 0]) < 0 || name === 'usb-host' || name === 'usb-redir')
    return 'qemu-system-common';
  return /gl|egl/.test(name) ? 'qemu-system-modules-opengl' : 'qemu-system-modules-spice';
}
