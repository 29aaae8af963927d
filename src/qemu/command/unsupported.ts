/** What a config asks for and this QEMU on this host would not get: refused by name, never ignored. */

import { PaveError } from '../../errors.js';
import type { Platform } from '../../host/platform-types.js';
import { parseNet } from '../net.js';
import { isVmKey } from '../options/index.js';
import { compareVersions } from './version.js';

export interface Refused {
  key: string;
  reason: string;
}

type Values = ReadonlyMap<string, string>;

export function unsupported(values: Values, platform: Platform): Refused[] {
  const refused: Refused[] = [];
  const add = (key: string, reason: string) => refused.push({ key, reason });
  for (const [key, value] of values) {
    if (!isVmKey(key) && key !== 'snapstate') add(key, 'nobody knows this key');
    if (/^net\d+$/.test(key)) refuseNet(key, value, values, platform, add);
  }
  refuseForeign(values, platform, add);
  refuseShrinking(values, platform, add);
  return refused;
}

/** @throws PaveError naming every key that would not reach QEMU */
export function refuseUnsupported(vmid: number, values: Values, platform: Platform): void {
  const refused = unsupported(values, platform);
  if (refused.length === 0) return;
  const lines = refused.map(({ key, reason }) => `${key}: ${reason}`);
  throw new PaveError(
    `VM ${vmid} has options that this host cannot give it:\n${lines.join('\n')}`,
    {
      hint: `remove them: qm set ${vmid} --delete ${refused.map(({ key }) => key).join(',')}`,
    },
  );
}

type Add = (key: string, reason: string) => void;

export const NO_BALLOON =
  'memory in huge pages cannot be ballooned: what the guest gave up might not be there when it needs it again';

/** The original's QEMU gets the original's arguments. */
function refuseShrinking(values: Values, platform: Platform, add: Add): void {
  const qemu = platform.qemu[(values.get('arch') ?? platform.arch) as keyof Platform['qemu']];
  if (!values.has('hugepages') || qemu?.flavour === 'pve') return;
  const memory = Number(/\d+/.exec(values.get('memory') ?? '')?.[0] ?? 512);
  const balloon = Number(values.get('balloon') ?? 0);
  if (balloon > 0 && balloon < memory) add('balloon', NO_BALLOON);
}

/** What the guest's architecture or this QEMU does not have. */
function refuseForeign(values: Values, platform: Platform, add: Add): void {
  const arch = values.get('arch') ?? platform.arch;
  const arm = arch === 'aarch64';
  const type = /(?:^|,|type=)(pc|q35|virt)(?=$|[-,])/.exec(values.get('machine') ?? '')?.[1];
  if (type !== undefined && (type === 'virt') !== arm)
    add('machine', `machine '${type}' is for ${arm ? 'x86' : 'ARM'} guests, this one is ${arch}`);
  const qemu = platform.qemu[arch as keyof Platform['qemu']];
  if (qemu === undefined || qemu.flavour === 'pve') return;
  if (!arm) return;
  for (const [key, value] of values) {
    const reason = ABSENT_ON_ARM.find(([pattern]) => pattern.test(`${key}: ${value}`))?.[1];
    if (reason !== undefined) add(key, reason);
  }
}

/** What the `virt` board does not have: everything that sits on an ISA bus, and IDE. */
const ABSENT_ON_ARM: [line: RegExp, reason: string][] = [
  [/^vmgenid: [^01]/, 'ARM guests have no generation id'],
  [/^ide\d+: /, 'ARM guests have no IDE controller; use scsi, sata or virtio'],
  [/^serial(0: \/|[1-3]: )/, "ARM guests have one serial port, 'serial0: socket'"],
  [/^parallel\d+: /, 'ARM guests have no parallel port'],
  [/^watchdog: (.*model=)?ib700/, 'this card is for x86 guests; use i6300esb'],
  [/^agent: .*type=isa/, 'ARM guests have no ISA port; use type=virtio'],
];

function refuseNet(key: string, text: string, values: Values, platform: Platform, add: Add): void {
  const net = parseNet(text);
  const needBridge = (['tag', 'trunks', 'rate'] as const).filter((name) => net[name] !== undefined);
  if (net.bridge === undefined && needBridge.length > 0)
    add(key, `${needBridge.join(' and ')}: only for a card on a bridge, and none is given`);
  if (String(net['host-tunnel'] ?? 0) !== '1') return;
  const arch = values.get('arch') ?? platform.arch;
  const version = platform.qemu[arch as keyof Platform['qemu']]?.version ?? [0];
  if (compareVersions(version, [10, 2]) < 0)
    add(key, `host-tunnel needs QEMU 10.2, this host has ${version.join('.')}`);
  else if (net.model !== 'virtio') add(key, 'host-tunnel: only for virtio cards');
}
