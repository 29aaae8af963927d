/** Options few people use, all in one guest, and looked for inside it and in QEMU. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guestImage, type Sandbox, Serial, sandbox, until } from './sandbox.js';

/** Each prints one line in the guest: `name=text`. */
const LOOKS: Record<string, string> = {
  cpus: 'nproc',
  flags:
    'grep -m1 ^flags /proc/cpuinfo | tr " " "\\n" | grep -xE "aes|pdpe1gb|lahf_lm" | sort | xargs',
  bits: 'grep -m1 "address sizes" /proc/cpuinfo | cut -d: -f2 | cut -d, -f1 | xargs',
  level: 'grep -m1 "cpuid level" /proc/cpuinfo | cut -d: -f2 | xargs',
  sleep: 'cat /sys/power/mem_sleep',
  hibernation: 'grep -c platform /sys/power/disk',
  zone: 'echo $(( ($(cat /sys/class/rtc/rtc0/since_epoch) - HOST - 900) / 1800 ))',
  sku: 'cat /sys/class/dmi/id/product_sku',
  scsi: 'cat /sys/bus/pci/drivers/sym53c8xx/0*/device',
  disk: 'cat /sys/block/sd*/size | sort -n | xargs',
  nic: 'cat /sys/class/net/eth0/address',
  link: 'ip link set eth1 up; sleep 1; cat /sys/class/net/eth1/carrier',
  display: 'grep -il "^0x03" /sys/bus/pci/devices/*/class | wc -l',
  uarts: 'ls -d /sys/class/tty/ttyS[0-3]/device/resources 2>/dev/null | wc -l',
  memory: 'echo $(( $(grep MemTotal /proc/meminfo | tr -dc 0-9) / 1024 ))',
};

describe('a machine of odd options', { timeout: 600_000 }, () => {
  let box: Sandbox;
  beforeAll(() => {
    box = sandbox();
    // Five hours and a half before ours.
    box.env.TZ = 'XYZ5:30';
  });
  afterAll(() => box.dispose());

  const monitor = (command: string) =>
    execFileSync('bin/qm', ['monitor', '340'], {
      env: box.env,
      input: `${command}\n`,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });

  it('has them all', async () => {
    const image = guestImage(box, 'full');
    await box.ok(
      ...['create', '340', '--kvm', '0', '--memory', '512', '--balloon', '384', '--shares', '0'],
      ...['--ostype', 'l26', '--smp', '2', '--serial0', 'socket', '--serial1', 'socket'],
      ...['--cpu', 'max,flags=-aes;+pdpe1gb,phys-bits=38,level=11', '--vga', 'serial1'],
      ...['--machine', 'pc,enable-s3=0,enable-s4=0', '--localtime', '1', '--tdf', '1'],
      ...['--smbios1', `base64=1,sku=${Buffer.from('S K').toString('base64')}`],
      ...['--scsihw', 'lsi53c810', '--scsi0', 'local:1', '--ide0', `local:0,import-from=${image}`],
      ...['--boot', 'c', '--bootdisk', 'ide0', '--agent', '1,type=isa', '--allow-ksm', '0'],
      ...['--net0', 'model=e1000-82540em,macaddr=BC:24:11:00:00:77', '--net1'],
      ...['virtio,link_down=1', '--net2', 'ne2k_isa', '--watchdog', 'model=ib700,action=pause'],
      ...['--rng0', 'source=/dev/random,max_bytes=2048,period=500'],
    );
    await box.ok('start', '340');
    const serial = new Serial(box, 340);
    await serial.ready();
    await until(() => monitor('info balloon').includes('actual=384'), 240, 'the balloon');
    const seen: Record<string, string> = {};
    for (const [name, look] of Object.entries(LOOKS)) {
      serial.text = '';
      const line = look.replace('HOST', String(Math.floor(Date.now() / 1000)));
      serial.type(`echo "${name}""=$(${line})"".END"`);
      await serial.waitFor(new RegExp(`\\n${name}=[^"]*\\.END`));
      seen[name] = new RegExp(`\\n${name}=([^"]*)\\.END`).exec(serial.text)![1]!.replace(/\r/g, '');
    }
    serial.close();
    const memory = Number(seen.memory);
    expect(seen).toEqual({
      cpus: '2',
      flags: 'lahf_lm pdpe1gb',
      bits: '38 bits physical',
      level: '11',
      sleep: '[s2idle]',
      hibernation: '0',
      zone: '-11',
      sku: 'S K',
      scsi: '0x0001',
      disk: '131072 2097152',
      nic: 'bc:24:11:00:00:77',
      link: '0',
      display: '0',
      // serial0, serial1 and the agent's.
      uarts: '3',
      memory: seen.memory,
    });
    expect(memory).toBeLessThan(384);
    expect(monitor('qom-get /machine mem-merge')).toMatch(/^false/m);
    const tree = monitor('info qtree');
    expect(tree).toMatch(/dev: mc146818rtc[^:]*lost_tick_policy = "slew"/);
    expect(tree).toMatch(/max-bytes = 2048 [^:]*period = 500/);
    expect(tree).toMatch(/dev: ne2k_isa, id "net2"/);
    expect(tree).toMatch(/dev: ib700/);
    await box.ok('stop', '340');
    await box.ok('destroy', '340');
  });
});
