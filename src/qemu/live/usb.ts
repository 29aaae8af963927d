/** USB devices and the tablet of a running VM. */
import { addTablet, vgaOf } from '../command/display.js';
import { Draft } from '../command/draft.js';
import { windowsVersion } from '../command/ostype.js';
import { addUsbControllers, addUsbDevices } from '../command/usb.js';
import {
  addDevice,
  devicesOf,
  onRunning,
  type Running,
  removeDevice,
  silently,
} from './devices.js';
import { hotplugs } from './draft.js';
import type { LiveChange, LiveHandler } from './index.js';

const USB = /^usb\d+$/;

/** Only guests with the one controller for every speed can have devices plugged into it. */
function canPlug(change: LiveChange, { draft }: Running): boolean {
  const ostype = change.current.get('ostype');
  return (
    hotplugs(change.current, 'usb') &&
    draft.machineAtLeast(7, 1) &&
    (ostype === 'l26' || windowsVersion(ostype) > 7)
  );
}

export const usbChanges: LiveHandler = {
  keys: USB,
  async apply(ctx, change) {
    const { key, value, values, current } = change;
    return await onRunning(ctx, change, values, async (running) => {
      if (!canPlug(change, running)) return false;
      const n = Number(key.slice('usb'.length));
      for (const id of [`usbredirdev${n}`, key]) await removeDevice(running, id);
      await running.qmp.execute('chardev-remove', { id: `usbredirchardev${n}` }).catch(() => {});
      if (value !== undefined) await plug(running, key);
      else if (current.has(key) && ![...values.keys()].some((other) => USB.test(other)))
        await removeDevice(running, 'xhci').catch((error) =>
          ctx.out.warn((error as Error).message),
        );
      return true;
    });
  },
};

/** The arguments of one device, and of the controller. */
async function plug(running: Running, key: string): Promise<void> {
  const { draft, qmp, ctx } = running;
  const others = [...draft.values].filter(([name]) => !USB.test(name) || name === key);
  const own = new Draft({ ...draft.input, values: new Map(others) });
  addUsbControllers(own);
  const controller = own.devices.find((text) => /^qemu-xhci,/.test(text));
  own.devices.length = 0;
  addUsbDevices(own);
  for (const warning of own.warnings) ctx.out.warn(warning);
  if (controller !== undefined && !(await devicesOf(qmp)).has('xhci'))
    await addDevice(running, controller);
  for (let i = 0; i + 1 < own.devices.length; i += 2) {
    const text = own.devices[i + 1]!;
    if (own.devices[i] === '-device') await addDevice(running, text);
    else if (own.devices[i] === '-chardev') await silently(qmp, `chardev-add ${text}`);
  }
}

export const tabletChanges: LiveHandler = {
  keys: /^tablet$/,
  async apply(ctx, change) {
    if (!hotplugs(change.current, 'usb')) return false;
    return await onRunning(ctx, change, change.values, async (running) => {
      const { draft } = running;
      addTablet(draft, vgaOf(draft));
      const wanted = draft.devices.filter((text) => text !== '-device');
      if (wanted.length === 0)
        for (const id of ['tablet', 'keyboard']) await removeDevice(running, id);
      for (const text of wanted) await addDevice(running, text);
      return true;
    });
  },
};
