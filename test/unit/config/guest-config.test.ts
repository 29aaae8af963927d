import { describe, expect, it } from 'vitest';
import {
  ConfigLineError,
  emptyGuestConfig,
  parseGuestConfig,
  parsePendingDelete,
} from '../../../src/config/guest-config.js';
import { printPendingDelete, writeGuestConfig } from '../../../src/config/guest-config-write.js';
import { scanGuestConfig } from '../../../src/config/guest-scan.js';
import { PaveError } from '../../../src/errors.js';

const CANONICAL = `#Two lines,
#with %25, a %3A and %C3%A4
bios: ovmf
boot: order=scsi0;net0
cores: 2
future-key: kept as it is
ide2: local:100/vm-100-cloudinit.qcow2,media=cdrom
memory: 2048
name: web
net0: virtio=BC:24:11:2C:69:EC,bridge=vmbr0
numa: yes
scsi0: local:100/vm-100-disk-0.qcow2,size=4G

[PENDING]
#
delete: bios,!scsi1
memory: 4096

[special:cloudinit]
name: old

[special:fleecing]
fleecing-images: local:100/fleece.raw

[before]
#why
memory: 1024
snaptime: 1737549549
`;

const parse = (text: string) => parseGuestConfig('qemu', text, { name: 'vm 100', strict: true });
const rewrite = (text: string) => writeGuestConfig(parse(text));

describe('reading', () => {
  it('takes the file apart', () => {
    const config = parse(CANONICAL);
    expect(config.main.description).toBe('Two lines,\nwith %, a : and ä');
    expect([...config.main.values.keys()].slice(0, 2)).toEqual(['bios', 'boot']);
    expect(config.main.values.get('future-key')).toBe('kept as it is');
    expect(config.pending.description).toBe('');
    expect(Object.fromEntries(config.pending.values)).toEqual({ memory: '4096' });
    expect(Object.fromEntries(config.pending.deletes)).toEqual({
      bios: { force: false },
      scsi1: { force: true },
    });
    expect([...config.special.keys()]).toEqual(['cloudinit', 'fleecing']);
    expect(config.snapshots.get('before')).toEqual({
      description: 'why',
      values: new Map([
        ['memory', '1024'],
        ['snaptime', '1737549549'],
      ]),
    });
    expect(config.text).toBe(CANONICAL);
  });

  it('takes CRLF, a missing final newline, blank lines and old spellings', () => {
    const text = '#note\r\n\r\ncdrom: none\r\nsmp: 2\r\ncores:4\r\nmemory:\t 512  ';
    const config = parse(text);
    expect(config.main.description).toBe('note');
    expect(Object.fromEntries(config.main.values)).toEqual({
      ide2: 'none',
      smp: '2',
      cores: '4',
      memory: '512',
    });
    expect(writeGuestConfig(config)).toBe('#note\nide2: none\nmemory: 512\nsockets: 2\n');
  });

  it('keeps an empty value, as `boot` has when nothing is to boot', () => {
    expect(parse('boot: \n').main.values.get('boot')).toBe('');
    expect(rewrite('boot: \nmemory: 512\n')).toBe('boot: \nmemory: 512\n');
    expect(() => parse('boot:\n')).toThrow('vm 100 - unable to parse config: boot:');
  });

  it('reads a description on a line of its own', () => {
    expect(parse('description: a%0Ab%3A\n').main.description).toBe('a\nb:');
  });

  it.each([
    [
      'a line without a key',
      'memory: 1\n\nwhat is this\n',
      3,
      'unable to parse config: what is this',
    ],
    ['a key twice over', 'delete: a\n', 1, "property 'delete' is only allowed in [PENDING]"],
    ['two pending sections', '[PENDING]\na: 1\n[pending]\n', 3, 'duplicate section: pending'],
    ['a snapshot twice', '[one]\n[one]\n', 2, 'duplicate snapshot section: one'],
    ['a section of no kind', '\n[special:x]\n', 2, "skipping unknown section: 'special:x'"],
  ])('strict: refuses %s and names the line', (_what, text, line, reason) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ message: `vm 100 - ${reason}`, line }),
    );
    const warnings: string[] = [];
    parseGuestConfig('qemu', text, { name: 'vm 100', warn: (w) => warnings.push(w) });
    expect(warnings).toEqual([`vm 100 - ${reason}`]);
  });

  it('lets nothing out of an unknown section into another one', () => {
    const config = parseGuestConfig('qemu', 'memory: 1\n[special:x]\nmemory: 2\n#note\n');
    expect(config.main.values.get('memory')).toBe('1');
    expect(config.main.description).toBeUndefined();
  });

  it('asks the check for the canonical value, but not for what is only compared with', () => {
    const check = (key: string, value: string, special?: string) => {
      if (value === 'bad') throw new PaveError(`'${key}' of ${special ?? 'the guest'} is bad`);
      return value.toUpperCase();
    };
    const text = 'args: bad\nname: x\n[special:cloudinit]\nname: bad\n[special:fleecing]\nf: bad\n';
    const warnings: string[] = [];
    const config = parseGuestConfig('qemu', text, { check, warn: (w) => warnings.push(w) });
    expect(config.main.values.get('name')).toBe('X');
    expect(config.main.values.get('args')).toBe('bad');
    expect(config.special.get('cloudinit')!.values.get('name')).toBe('bad');
    expect(config.special.get('fleecing')!.values.size).toBe(0);
    expect(warnings).toEqual(["vm - unable to parse value of 'f' - 'f' of fleecing is bad"]);
  });

  it('has no key that means something to JavaScript', () => {
    const text = 'constructor: a\ntoString: b\nvalueOf: c\n';
    expect(rewrite(text)).toBe(text);
  });

  it('keeps the raw lines of a container in order', () => {
    const text = 'arch: amd64\nlxc.b: 2\nlxc.a: 1\nlxc.b: 3\n\n[pve:pending]\nmemory: 5\n';
    const config = parseGuestConfig('lxc', text.replace('lxc.a: 1', 'lxc.a = 1'), { strict: true });
    expect(config.main.raw).toEqual([
      ['lxc.b', '2'],
      ['lxc.a', '1'],
      ['lxc.b', '3'],
    ]);
    expect(writeGuestConfig(config)).toBe(text);
  });
});

describe('writing', () => {
  it('gives a canonical file back byte for byte', () => {
    expect(rewrite(CANONICAL)).toBe(CANONICAL);
  });

  it('lets no value leave its line', () => {
    const config = emptyGuestConfig('qemu');
    for (const value of ['x\nlock: backup', 'x\rlock: backup']) {
      config.main.values.set('name', value);
      expect(() => writeGuestConfig(config)).toThrow("property 'name' contains a line feed");
    }
  });

  it('writes what reads back: blanks around a value or behind a description go', () => {
    const config = emptyGuestConfig('qemu');
    config.main.description = 'a  \n\n b \n \n';
    config.main.values.set('args', '  -foo  ');
    const text = writeGuestConfig(config);
    expect(text).toBe('#a  \n#\n# b\nargs: -foo\n');
    expect(rewrite(text)).toBe(text);
  });

  it('an attached volume is unused no more, also when that is pending', () => {
    const config = parse('unused0: a:1\nunused1: a:2\nunused2: a:3\nscsi0: a:1,size=1G\n');
    config.pending.values.set('virtio0', 'file=a:2,iothread=1');
    expect(writeGuestConfig(config)).toBe(
      'scsi0: a:1,size=1G\nunused2: a:3\n\n[PENDING]\nvirtio0: file=a:2,iothread=1\n',
    );
  });

  it('the cloud-init values go with the drive', () => {
    const text = 'ide2: local:cloudinit\n\n[special:cloudinit]\nname: a\n';
    expect(rewrite(text)).toBe(text);
    expect(rewrite(text.replace('cloudinit\n\n', 'x\n\n'))).toBe('ide2: local:x\n');
  });

  it('has no snapshot of the name of the pending section', () => {
    const config = emptyGuestConfig('qemu');
    config.snapshots.set('Pending', { values: new Map() });
    expect(() => writeGuestConfig(config)).toThrow("snapshot name 'Pending' is forbidden");
  });
});

describe('pending deletions', () => {
  it.each([
    ['', ''],
    ['memory;cpu,!mp0', 'cpu,memory,!mp0'],
    ['  a  b ', 'a,b'],
    ['!z,a,!m', 'a,!m,!z'],
  ])('%j is %j', (text, canonical) => {
    expect(printPendingDelete(parsePendingDelete(text))).toBe(canonical);
  });
});

describe('scanning', () => {
  const keys = ['name', 'memory', 'scsi\\d+', 'description'];

  it('finds the wanted keys of the main section', () => {
    expect(Object.fromEntries(scanGuestConfig(CANONICAL, keys))).toEqual({
      name: 'web',
      memory: '2048',
      scsi0: 'local:100/vm-100-disk-0.qcow2,size=4G',
    });
  });

  it('sees what the parser sees', () => {
    for (const text of [
      'name:\tx\r\nmemory:1 \r\n',
      '[PENDING]\nname: x\n',
      'name: a\nname: b',
      '',
    ]) {
      const values = parseGuestConfig('qemu', text).main.values;
      expect(scanGuestConfig(text, keys)).toEqual(values);
    }
  });
});

it('the error of a line is a user error', () => {
  expect(new ConfigLineError('x', 1)).toBeInstanceOf(PaveError);
});
