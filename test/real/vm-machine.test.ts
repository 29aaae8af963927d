/** What a config says of the machine itself, looked for inside the guest and in QEMU. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { qmp } from './qmp.js';
import { guestImage, guestOptions, type Sandbox, Serial, sandbox } from './sandbox.js';

describe('the machine', { timeout: 600_000 }, () => {
  let box: Sandbox;
  let image: string;
  beforeAll(() => {
    box = sandbox();
    image = guestImage(box);
  }, 600_000);
  afterAll(() => box.dispose());

  /** Runs a shell line in the guest; gives what it printed. */
  async function inside(serial: Serial, line: string): Promise<string> {
    serial.text = '';
    serial.type(`echo "<""$(${line})"">"`);
    await serial.waitFor(/\n<[^>"]*>/);
    return /\n<([^>"]*)>/.exec(serial.text)![1]!.replaceAll('\r', '').trim();
  }

  it('has the given identity, clock, devices and NUMA nodes', async () => {
    const encoded = (text: string) => Buffer.from(text).toString('base64');
    await box.ok(
      ...['create', '320', ...guestOptions(image)],
      '--smbios1',
      `base64=1,uuid=6e3b2ad0-5b5f-4b50-9a4b-2e0a35b8a0f1,manufacturer=${encoded('A, "B"')},product=${encoded('P=1')},serial=${encoded('s 1')},family=${encoded('f')}`,
      ...['--startdate', '2031-02-03T04:05:06', '--rng0', '/dev/urandom'],
      ...[
        '--watchdog',
        'i6300esb,action=none',
        '--vmgenid',
        'd9a4f9b4-6b5f-4c2e-8f5e-1b1f6c3b9c11',
      ],
      ...['--memory', '512', '--cores', '2', '--numa', '1'],
      ...['--numa0', 'cpus=0,memory=384', '--numa1', 'cpus=1,memory=128', '--keyboard', 'de'],
    );
    await box.ok('start', '320');
    const serial = new Serial(box, 320);
    await serial.ready();
    const dmi = (what: string) => inside(serial, `cat /sys/class/dmi/id/${what}`);
    expect(await dmi('product_uuid')).toBe('6e3b2ad0-5b5f-4b50-9a4b-2e0a35b8a0f1');
    expect(await inside(serial, "tr '\\042' Q </sys/class/dmi/id/sys_vendor")).toBe('A, QBQ');
    expect(await dmi('product_name')).toBe('P=1');
    expect(await dmi('product_serial')).toBe('s 1');
    expect(await dmi('product_family')).toBe('f');
    expect(await inside(serial, 'date +%Y-%m-%d')).toBe('2031-02-03');
    expect(await inside(serial, 'cat /sys/class/misc/hw_random/rng_current')).toMatch(
      /^virtio_rng/,
    );
    expect(await inside(serial, 'cat /sys/bus/pci/devices/0000:00:04.0/device')).toBe('0x25ab');
    expect(await inside(serial, 'ls -d /sys/devices/system/node/node[0-9] | wc -l')).toBe('2');
    expect(await inside(serial, 'cat /sys/devices/system/node/node1/cpulist')).toBe('1');
    serial.close();
    expect(await qmp(box, 320, 'query-vm-generation-id')).toEqual({
      guid: 'd9a4f9b4-6b5f-4c2e-8f5e-1b1f6c3b9c11',
    });
    await box.ok('stop', '320');
    await box.ok('destroy', '320');
  });

  it('is a q35 with an IOMMU, or has no ACPI, or waits frozen', async () => {
    await box.ok('create', '321', ...guestOptions(image), '--machine', 'q35,viommu=intel');
    await box.ok('start', '321');
    let serial = new Serial(box, 321);
    await serial.ready();
    expect(await inside(serial, 'ls /sys/firmware/acpi/tables')).toMatch(/\bDMAR\b/);
    serial.close();
    await box.ok('stop', '321');
    await box.ok('set', '321', '--machine', 'q35,viommu=virtio', '--acpi', '0');
    await box.ok('start', '321');
    serial = new Serial(box, 321);
    await serial.ready();
    // SeaBIOS makes some tables of its own then: the guest is no judge.
    const acpi = { path: '/machine', property: 'acpi' };
    expect(await qmp(box, 321, 'qom-get', acpi)).toBe('off');
    expect(await inside(serial, 'grep -h 0x1057 /sys/bus/pci/devices/*/device')).toBe('0x1057');
    serial.close();
    await box.ok('stop', '321');
    await box.ok('set', '321', '--freeze', '1', '--args', '-name "a b"', '--delete', 'acpi');
    await box.ok('start', '321');
    expect(await qmp(box, 321, 'query-status')).toMatchObject({ running: false });
    const argv = readFileSync(`/proc/${box.pid(321)}/cmdline`, 'utf8').split('\0');
    expect(argv.at(-2)).toBe('a b');
    await box.ok('resume', '321');
    expect(await qmp(box, 321, 'query-status')).toMatchObject({ running: true });
    await box.ok('stop', '321');
    await box.ok('destroy', '321');
  });

  it('keeps the machine version a Windows VM was made with; unknown ones are named', async () => {
    await box.ok('create', '322', '--memory', '32', '--kvm', '0', '--ostype', 'win11');
    const version = /^machine: pc-i440fx-(\d+\.\d+)(?:\+pve\d+)?$/m.exec(box.config(322)!)![1]!;
    await box.ok('start', '322');
    expect(await qmp(box, 322, 'qom-get', { path: '/machine', property: 'type' })).toBe(
      `pc-i440fx-${version}-machine`,
    );
    await box.ok('stop', '322');
    await box.ok('set', '322', '--machine', 'pc-i440fx-99.1');
    expect((await box.qm('start', '322')).stderr).toContain(
      "is too old to run machine type 'pc-i440fx-99.1+pve0'",
    );
    await box.ok('set', '322', '--machine', 'pc-i440fx-1.1');
    expect((await box.qm('start', '322')).stderr).toContain(
      "machine: this host's QEMU does not know 'pc-i440fx-1.1'",
    );
    await box.ok('set', '322', '--machine', 'virt');
    expect((await box.qm('start', '322')).stderr).toContain("machine 'virt' is for ARM guests");
    const iommu = await box.qm('set', '322', '--machine', 'pc,viommu=intel');
    expect(iommu.stderr).toContain('to use Intel vIOMMU please set the machine type to q35');
    await box.ok('set', '322', '--delete', 'machine', '--cores', '4096');
    expect((await box.qm('start', '322')).stderr).toMatch(
      /MAX \d+ vcpus allowed per VM on this node/,
    );
    await box.ok('set', '322', '--cores', '1', '--vcpus', '2');
    expect((await box.qm('start', '322')).stderr).toContain('vcpus: 2 are more than the 1');
    await box.ok('set', '322', '--delete', 'vcpus', '--amd-sev', 'std');
    expect((await box.qm('start', '322')).stderr).toMatch(/^amd-sev: /m);
    await box.ok('set', '322', '--delete', 'amd-sev', '--intel-tdx', 'tdx,attestation=0');
    expect((await box.qm('start', '322')).stderr).toMatch(/^intel-tdx: /m);
    expect(box.leftovers(322)).toEqual([]);
    await box.ok('destroy', '322');
  });
});
