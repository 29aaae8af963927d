/** USB controllers and devices. Source: USB.pm of the original. */
import { PaveError } from '../../errors.js';
import { usbNFormat } from '../options/passthrough.js';
import { oldUsbController } from './chipset.js';
import type { Draft } from './draft.js';

const MAX_USB = 14;
/** Without the newer controller. */
const OLD_MAX_USB = 5;

interface Usb {
  n: number;
  host?: string;
  mapping?: string;
  usb3: boolean;
}

/** Newer guests get one controller for devices of every speed. */
function oneController(draft: Draft): boolean {
  return (
    draft.machineAtLeast(7, 1) &&
    draft.value('ostype') !== undefined &&
    (draft.ostype === 'l26' || draft.windows > 7)
  );
}

function usbDevices(draft: Draft): Usb[] {
  const found: Usb[] = [];
  for (let n = 0; n < MAX_USB; n++) {
    const given = draft.properties<Record<string, string>>(`usb${n}`, usbNFormat);
    if (given === undefined) continue;
    if (n >= OLD_MAX_USB && !oneController(draft)) {
      throw new PaveError(
        `${draft.stock ? `usb${n}: ` : ''}using usb${n} is only possible with machine type >= 7.1 and ostype l26 or windows > 7`,
      );
    }
    found.push({ ...given, n, usb3: String(given.usb3 ?? 0) === '1' });
  }
  return found;
}

/** Controllers, before anything that is plugged into them. */
export function addUsbControllers(draft: Draft): void {
  if (draft.arch === 'aarch64') draft.device(`usb-ehci,id=ehci${draft.pciAddress('ehci')}`);
  else if (!draft.q35) draft.device(`piix3-usb-uhci,id=uhci${draft.pciAddress('piix3')}.0x2`);
  const devices = usbDevices(draft);
  const newer = oneController(draft);
  const anyUsb2 = devices.some(({ usb3 }) => !usb3);
  if (!newer && !draft.q35 && anyUsb2 && draft.arch !== 'aarch64')
    draft.devices.push(...oldUsbController(draft.stock));
  // Its bus counts as used either way: where the bridges sit must not depend on a plugged device.
  const address = draft.pciAddress('xhci');
  if (newer && devices.length > 0) draft.device(`qemu-xhci,p2=15,p3=15,id=xhci${address}`);
  else if (devices.some(({ usb3 }) => usb3)) draft.device(`nec-usb-xhci,id=xhci${address}`);
}

/** @throws PaveError */
export function addUsbDevices(draft: Draft): void {
  const newer = oneController(draft);
  for (const usb of usbDevices(draft)) {
    const key = `usb${usb.n}`;
    if (usb.host === 'spice') {
      addSpiceRedirection(draft, usb, newer);
      if (draft.bootIndex.has(key)) draft.warn('spice usb port set as bootdevice, ignoring');
    } else {
      draft.device(hostDevice(draft, usb, newer));
    }
  }
}

function addSpiceRedirection(draft: Draft, usb: Usb, newer: boolean): void {
  const { n } = usb;
  const bus = newer || (usb.usb3 && draft.machineAtLeast(4, 0)) ? 'xhci' : 'ehci';
  const port = newer ? `,port=${n + 1}` : '';
  draft.devices.push('-chardev', `spicevmc,id=usbredirchardev${n},name=usbredir`);
  draft.device(`usb-redir,chardev=usbredirchardev${n},id=usbredirdev${n},bus=${bus}.0${port}`);
}

const ID = /^(?:0x)?([0-9A-Fa-f]{4}):(?:0x)?([0-9A-Fa-f]{4})$/;
const PATH = /^(\d+)-(\d+(?:\.\d+)*)$/;

function hostDevice(draft: Draft, usb: Usb, newer: boolean): string {
  const key = `usb${usb.n}`;
  let text = 'usb-host';
  if (usb.usb3 || newer) text += `,bus=xhci.0${newer ? `,port=${usb.n + 1}` : ''}`;
  const place = usb.mapping === undefined ? usb.host : mappedUsb(draft, key, usb.mapping);
  const id = ID.exec(place ?? '');
  const path = PATH.exec(place ?? '');
  if (id !== null) text += `,vendorid=0x${id[1]},productid=0x${id[2]}`;
  else if (path !== null) text += `,hostbus=${path[1]},hostport=${path[2]}`;
  else throw new PaveError(`${key}: no usb id or path given`);
  if (
    draft.stock &&
    place !== undefined &&
    draft.facts.usbDevices?.has(place.replaceAll('0x', '').toLowerCase()) === false
  )
    draft.warn(`${key}: no USB device '${place}' is plugged in; the guest gets it when it is`);
  const boot = draft.bootIndex.get(key);
  return `${text},id=${key}${boot === undefined ? '' : `,bootindex=${boot}`}`;
}

function mappedUsb(draft: Draft, key: string, mapping: string): string {
  const place = draft.facts.usbMappings?.get(mapping);
  if (place === undefined)
    throw new PaveError(
      `${draft.stock ? `${key}: ` : ''}USB device mapping not found for '${mapping}'`,
    );
  return place;
}
