/** CPUs, memory and balloon of a running VM, as its guest sees them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guestImage, guestOptions, type Sandbox, Serial, sandbox } from './sandbox.js';

describe('CPUs and memory of a running VM', { timeout: 600_000 }, () => {
  let box: Sandbox;
  let image: string;
  beforeAll(() => {
    box = sandbox();
    image = guestImage(box);
  }, 600_000);
  afterAll(() => box.dispose());

  it('are plugged and unplugged', async () => {
    await box.ok(
      ...['create', '310', ...guestOptions(image), '--memory', '1024', '--numa', '1'],
      ...['--sockets', '2', '--vcpus', '1', '--hotplug', 'cpu,memory'],
    );
    await box.ok('start', '310');
    const serial = new Serial(box, 310);
    await serial.ready();
    const mib = async (): Promise<number> => {
      serial.text = '';
      serial.type("echo total=$(awk '/MemTotal/{print $2}' /proc/meminfo)k");
      await serial.waitFor(/total=\d+k/);
      return Number(/total=(\d+)k/.exec(serial.text)![1]) / 1024;
    };
    /** The guest brings memory online when it comes to it. */
    const grown = async (fits: (more: number) => boolean) => {
      let more = (await mib()) - before;
      for (let i = 0; i < 300 && !fits(more); i++) {
        await new Promise((done) => setTimeout(done, 200));
        more = (await mib()) - before;
      }
      return more;
    };
    const before = await mib();
    await box.ok('set', '310', '--vcpus', '2', '--memory', '2048');
    expect(await box.ok('pending', '310')).not.toContain('new ');
    serial.type('while [ $(nproc) != 2 ]; do sleep 0.2; done; echo cpus=$(nproc)=');
    await serial.waitFor(/cpus=2=/);
    expect(await grown((more) => more > 900)).toBeGreaterThan(900);
    // Two nodes, one a socket; the modules go to them in turn.
    serial.type('echo nodes=$(ls -d /sys/devices/system/node/node[0-9] | wc -l)=');
    await serial.waitFor(/nodes=2=/);

    await box.ok('set', '310', '--memory', '1536');
    expect(await grown((more) => more < 600)).toBeLessThan(600);
    await box.ok('set', '310', '--balloon', '1200');
    const odd = await box.qm('set', '310', '--memory', '1700');
    expect(odd.stderr).toContain('memory size (1700) must be aligned to 512 for hotplugging');
    const fewer = await box.qm('set', '310', '--vcpus', '1');
    expect(fewer.stderr).toContain('without KVM a CPU cannot be unplugged from a running VM');
    const more = await box.qm('set', '310', '--vcpus', '3');
    expect(more.stderr).toContain("you can't add more vcpus than maxcpus");
    expect(box.config(310)).toMatch(/^vcpus: 2$[\s\S]*^\[PENDING\]\nmemory: 1700\nvcpus: 3$/m);
    serial.close();
    await box.ok('set', '310', '--revert', 'memory,vcpus', '--delete', 'balloon');
    await box.ok('stop', '310');
    // What was plugged is there at the next start.
    await box.ok('start', '310');
    const again = new Serial(box, 310);
    await again.ready(/Linux \S+, 2 cpu, 1[34]\d\d MiB/);
    again.close();
    await box.ok('stop', '310');
    await box.ok('destroy', '310');
  });
});
