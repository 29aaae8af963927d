import { expect, it } from 'vitest';
import { isRefusal } from '../../../src/qemu/live/unplug.js';

const ost = (device: string, status: number) => ({
  event: 'ACPI_DEVICE_OST',
  data: { info: { device, 'slot-type': 'DIMM', slot: '0', source: 3, status } },
});

it('takes a refusal of the guest for this device only', () => {
  expect(isRefusal(ost('dimm0', 1), 'dimm0')).toBe(true);
  expect(isRefusal(ost('dimm0', 0x82), 'dimm0')).toBe(true);
  expect(isRefusal(ost('dimm1', 1), 'dimm0')).toBe(false);
  expect(isRefusal({ event: 'MEM_UNPLUG_ERROR', data: { device: 'dimm0' } }, 'dimm0')).toBe(true);
  expect(isRefusal({ event: 'DEVICE_UNPLUG_GUEST_ERROR', data: {} }, 'dimm0')).toBe(false);
});

it('takes success, work under way and other events for none', () => {
  expect(isRefusal(ost('dimm0', 0), 'dimm0')).toBe(false);
  expect(isRefusal(ost('dimm0', 0x84), 'dimm0')).toBe(false);
  expect(isRefusal({ event: 'DEVICE_DELETED', data: { device: 'dimm0' } }, 'dimm0')).toBe(false);
});
