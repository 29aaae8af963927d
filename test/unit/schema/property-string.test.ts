import { describe, expect, test } from 'vitest';
import {
  FormatError,
  parsePropertyString,
  printPropertyString,
} from '../../../src/schema/propertyString.js';
import type { PropertyFormat } from '../../../src/schema/types.js';
import { typeText } from '../../../src/schema/typeText.js';

const net: PropertyFormat = {
  model: { type: 'string', enum: ['virtio', 'e1000', 'rtl8139', 'vmxnet3'], default_key: true },
  macaddr: { type: 'string', format: 'mac-addr', optional: true, format_description: 'MAC' },
  virtio: { alias: 'macaddr', keyAlias: 'model' },
  e1000: { alias: 'macaddr', keyAlias: 'model' },
  bridge: { type: 'string', optional: true, format_description: 'bridge' },
  firewall: { type: 'boolean', optional: true },
  rate: { type: 'number', minimum: 0, optional: true },
};
const drive: PropertyFormat = {
  file: { type: 'string', default_key: true, format_description: 'volume' },
  volume: { alias: 'file' },
  size: { type: 'string', format: 'disk-size', optional: true },
  format: { type: 'string', enum: ['raw', 'qcow2'], optional: true },
};

describe('parse', () => {
  test('a key that is a value', () => {
    const text = 'virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=yes,rate=1.50';
    expect(parsePropertyString(net, text)).toEqual({
      model: 'virtio',
      macaddr: 'BC:24:11:00:00:01',
      bridge: 'vmbr0',
      firewall: 1,
      rate: '1.50',
    });
    expect(parsePropertyString(net, 'virtio,bridge=vmbr0')).toEqual({
      model: 'virtio',
      bridge: 'vmbr0',
    });
  });

  test('aliases and blanks', () => {
    expect(parsePropertyString(drive, 'volume=local:1,, ,size=32G')).toEqual({
      file: 'local:1',
      size: '32G',
    });
  });

  test.each([
    ['a,b', 'duplicate key in comma-separated list property: file'],
    ['file=a,file=b', 'duplicate key in comma-separated list property: file'],
    ['file=a,volume=b', "key 'file' is already defined (via alias)"],
    ['file=a,size=', 'missing key in comma-separated list property'],
  ])('%s is refused', (text, reason) => {
    expect(() => parsePropertyString(drive, text)).toThrow(reason);
  });

  test('every value that does not fit is named', () => {
    try {
      parsePropertyString(drive, 'size=x,format=vdi,zz=1', { path: 'scsi0' });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
      expect(Object.keys((error as FormatError).errors).sort()).toEqual([
        'scsi0.file',
        'scsi0.format',
        'scsi0.size',
        'scsi0.zz',
      ]);
    }
  });

  test('a key of the prototype is an unknown key like any other', () => {
    expect(() => parsePropertyString(drive, 'x,constructor=1')).toThrow(
      'constructor: property is not defined in schema',
    );
  });

  test('a named format applies its own rule', () => {
    expect(parsePropertyString('prune-backups', 'keep-last=0')).toEqual({ 'keep-all': 1 });
    expect(parsePropertyString('prune-backups', 'keep-last=3,keep-all=0')).toEqual({
      'keep-last': '3',
    });
    expect(() => parsePropertyString('prune-backups', 'keep-last=3,keep-all=1')).toThrow(
      'keep-all',
    );
    expect(() => parsePropertyString('pve-vmid', '100')).toThrow('property string');
    expect(() => parsePropertyString('no-such', '100')).toThrow('unknown format: no-such');
  });
});

describe('print', () => {
  test('default key, required keys, the rest by name; sizes in their largest unit', () => {
    const data = { size: 34359738368, format: 'raw', file: 'local:1' };
    expect(printPropertyString(data, drive)).toBe('local:1,format=raw,size=32G');
    expect(printPropertyString({ file: 'x', size: 1025 }, drive)).toBe('x,size=1025');
    expect(printPropertyString({ file: 'x', size: '1024M' }, drive)).toBe('x,size=1G');
  });

  test('pairs whose key is a value', () => {
    const data = { model: 'virtio', macaddr: 'BC:24:11:00:00:01', firewall: true };
    expect(printPropertyString(data, net)).toBe('virtio=BC:24:11:00:00:01,firewall=1');
    expect(printPropertyString({ model: 'e1000' }, net)).toBe('e1000');
  });

  test('what is parsed is printed the same', () => {
    const text = 'virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=0,rate=1.50';
    expect(printPropertyString(parsePropertyString(net, text), net)).toBe(text);
  });

  test('keys can be left out; unknown ones and commas are errors', () => {
    expect(printPropertyString({ file: 'x', size: 1 }, drive, { skip: ['size'] })).toBe('x');
    expect(() => printPropertyString({ file: 'x', zz: 1 }, drive)).toThrow("invalid key 'zz'");
    expect(() => printPropertyString({ file: 'a,b' }, drive)).toThrow('illegal value with commas');
    expect(() => printPropertyString({ size: 1 }, drive)).toThrow(FormatError);
  });
});

test('the grammar in words', () => {
  expect(typeText({ type: 'string', format: drive })).toBe(
    '[file=]<volume> [,format=<raw|qcow2>] [,size=<string>]',
  );
  expect(typeText({ type: 'string', format: net })).toBe(
    '[model=]<enum> [,bridge=<bridge>] [,firewall=<1|0>] [,macaddr=<MAC>] [,rate=<number>] [,<model>=<macaddr>]',
  );
  expect(typeText({ type: 'integer', minimum: 1 })).toBe('<integer> (1 - N)');
  expect(typeText({ type: 'number', maximum: 5 })).toBe('<number> (-N - 5)');
  expect(typeText({ enum: ['b', 'a'] })).toBe('<a | b>');
});
