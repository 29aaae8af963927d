/** Numbers for people are rounded as the original's printf does. */
import { expect, it } from 'vitest';
import { fixed, renderBytes } from '../../../src/schema/render.js';

it.each([
  [2.125, 2, '2.12'],
  [2.375, 2, '2.38'],
  [590.625, 2, '590.62'],
  [-2.125, 2, '-2.12'],
  [0.5, 0, '0'],
  [1.5, 0, '2'],
  [1.005, 2, '1.00'],
  [123.456, 2, '123.46'],
  [1023.99999, 2, '1024.00'],
])('%f with %i decimals is %s', (value, decimals, text) => {
  expect(fixed(value, decimals)).toBe(text);
});

it('also in sizes', () => {
  expect(renderBytes(604800)).toBe('590.62 KiB');
});
