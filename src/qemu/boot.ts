/** Boot order of a VM. Source: device_bootorder and bootorder_from_legacy of the original. */
import { splitList } from '../schema/lists.js';
import { parsePropertyString } from '../schema/propertyString.js';
import { driveKeys, isCdrom, parseDrive } from './drive/index.js';
import { bootFormat } from './options/machine.js';

type Values = ReadonlyMap<string, string>;

const MAX_NETS = 32;

export function printBootOrder(devices: readonly string[]): string {
  return devices.length === 0 ? '' : `order=${devices.join(';')}`;
}

/** The devices of `order=`; undefined where the config has none, or the old form. */
export function bootOrderList(values: Values): string[] | undefined {
  const text = values.get('boot');
  if (text === undefined) return undefined;
  const { order } = parsePropertyString(bootFormat, text, { path: 'boot' });
  return order === undefined ? undefined : splitList(String(order));
}

/** Device -> boot index, the lowest first. */
export function bootIndexes(values: Values): Map<string, number> {
  const text = values.get('boot');
  const boot = text === undefined ? {} : parsePropertyString(bootFormat, text, { path: 'boot' });
  if (boot.legacy === undefined && boot.order !== undefined) {
    return new Map(splitList(String(boot.order)).map((device, i) => [device, 100 + i]));
  }
  if (text !== undefined && boot.legacy === undefined) return new Map();
  return fromLegacy(values, String(boot.legacy ?? 'cdn'));
}

function fromLegacy(values: Values, letters: string): Map<string, number> {
  const next = new Map([...letters].map((letter, i) => [letter, (i + 1) * 100]));
  const order = new Map<string, number>();
  const take = (letter: string): number | undefined => {
    const index = next.get(letter);
    if (index !== undefined) next.set(letter, index + 1);
    return index;
  };
  for (const key of driveKeys(values)) {
    if (isCdrom(parseDrive(key, values.get(key)!), true)) {
      const index = take('d');
      if (index !== undefined) order.set(key, index);
    } else {
      const index = take('c');
      if (index !== undefined && values.get('bootdisk') === key) order.set(key, index);
    }
  }
  for (let i = 0; i < MAX_NETS; i++) {
    if (!values.has(`net${i}`)) continue;
    const index = take('n');
    if (index !== undefined) order.set(`net${i}`, index);
  }
  return order;
}

/** First disk, first CD-ROM, first network card: what a new VM boots from. */
export function defaultBootDevices(values: Values): string[] {
  const devices: string[] = [];
  const bootable = driveKeys(values).filter((key) => !/^(efidisk|tpmstate)/.test(key));
  for (const cdrom of [false, true]) {
    const first = bootable.find((key) => isCdrom(parseDrive(key, values.get(key)!)) === cdrom);
    if (first !== undefined) devices.push(first);
  }
  for (let i = 0; i < MAX_NETS; i++) {
    if (!values.has(`net${i}`)) continue;
    devices.push(`net${i}`);
    break;
  }
  return devices;
}
