/** CPU limits where there is only the unified control group hierarchy, and no systemd. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inLab, labMissing } from './uml.js';

const project = resolve(import.meta.dirname, '../..');

describe('pure cgroup v2', { timeout: 900_000 }, () => {
  it('holds a VM to its limits, live ones too, and leaves no group', async (context) => {
    const missing = labMissing();
    if (missing !== undefined) context.skip(missing);
    const { status, output } = await inLab(
      `set -e
mount -t cgroup2 none /sys/fs/cgroup
export PAVE_ROOT=/tmp/node PAVE_NODE=n1
qm=${project}/bin/qm
$qm create 100 --memory 32 --kvm 0 --vga none --freeze 1 --cpulimit 0.5 --cpuunits 70
$qm start 100
group=$(echo /sys/fs/cgroup/qemu.slice/100-*.scope)
grep -qx "$(cat /tmp/node/run/qemu-server/100.pid)" $group/cgroup.procs
echo "first: $(cat $group/cpu.max) $(cat $group/cpu.weight)"
$qm set 100 --cpulimit 1.5 --delete cpuunits
echo "second: $(cat $group/cpu.max) $(cat $group/cpu.weight)"
$qm stop 100
[ ! -e $group ] && echo "gone"`,
      { memory: '700M', seconds: 800 },
    );
    expect(output).toContain('first: 50000 100000 70\n');
    expect(output).toContain('second: 150000 100000 100\n');
    expect(output).toContain('gone\n');
    expect(status, output).toBe(0);
  });
});
