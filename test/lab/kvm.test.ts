/**
 * What the build machine's kernel lacks, for real: guests under KVM, devices of the host given to them,
 * huge pages, limits under systemd on the unified control group hierarchy.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { parts } from './uml.js';
import { bootLab, type LabVm, labVmMissing } from './vm.js';

const project = resolve(import.meta.dirname, '../..');
const missing = labVmMissing();

/**
 * Before each job. `make VMID options…`: a VM whose disk boots the image in $IMAGE. `down VMID`: stops
 * it, and waits for the end of its unit, whose clean-up may come before or after that of `qm stop`.
 */
const BEGIN = `set -e
qm=${project}/bin/qm
. ${project}/test/lab/vm-guest.sh
make() {
  vmid=$1; shift
  mkdir -p /var/lib/vz/images/$vmid
  cp --sparse=always $IMAGE /var/lib/vz/images/$vmid/vm-$vmid-disk-0.raw
  $qm create $vmid --ostype l26 --serial0 socket --scsihw virtio-scsi-pci \\
    --scsi0 local:$vmid/vm-$vmid-disk-0.raw "$@" >/dev/null
}
unit() { echo /sys/fs/cgroup/qemu.slice/pave-vm-$1.service; }
ended() { while [ -e $(unit $1) ]; do sleep 0.3; done; }
down() { $qm stop $1; ended $1; }
driver() { basename "$(readlink -f /sys/bus/pci/devices/0000:00:$1/driver)"; }
pages() { echo $(cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages); }
`;

describe('a machine with KVM, an IOMMU, USB and systemd', { timeout: 1_800_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'pave-kvm-'));
  let vm: LabVm;
  let why = missing;

  beforeAll(async () => {
    if (why !== undefined) return;
    for (const flavour of ['cloud', 'full']) {
      const image = join(folder, `${flavour}.raw`);
      execFileSync(`${project}/scripts/guest-image.sh`, ['--flavour', flavour, image], {
        stdio: 'pipe',
      });
    }
    vm = await bootLab({
      iommu: true,
      memory: 3584,
      vme: true,
      modules: ['kvm_amd', 'vfio-pci', 'e1000e', 'nvme', 'xhci-pci', 'usb-storage', 'usbhid'],
      devices: [
        ...['-device', 'e1000e,addr=0x10'],
        ...['-drive', 'driver=null-co,size=64M,if=none,id=nvme,read-zeroes=on'],
        ...['-device', 'nvme,serial=labnvme,drive=nvme,addr=0x11'],
        ...['-device', 'qemu-xhci,id=xhci,addr=0x12'],
        ...['-drive', 'driver=null-co,size=16M,if=none,id=stick,read-zeroes=on'],
        ...['-device', 'usb-storage,bus=xhci.0,port=1,drive=stick,serial=LABSTICK'],
        ...['-device', 'usb-mouse,bus=xhci.0,port=2'],
      ],
    });
    const { status, output } = await vm.run('[ -c /dev/kvm ]');
    if (status !== 0) why = `the emulated processor has no KVM: ${output}`;
  }, 1_800_000);
  afterAll(async () => {
    await vm?.end();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a job; gives what it printed after each line `== name`. */
  const job = async (context: TestContext, image: 'cloud' | 'full', script: string) => {
    if (why !== undefined) context.skip(why);
    const output = await vm.ok(`IMAGE=${join(folder, image)}.raw\n${BEGIN}${script}`, {
      seconds: 1700,
    });
    return parts(output);
  };

  it('runs a guest under KVM, in a unit with its limits, and changes its CPUs and memory', async (context) => {
    const said = await job(
      context,
      'cloud',
      `make 100 --memory 1024 --numa 1 --cores 2 --vcpus 1 --hotplug cpu,memory --hugepages 2 \\
        --affinity 1 --cpulimit 1.5 --cpuunits 70
echo "== before"; pages
$qm start 100
echo "== pages"; pages
console 100
echo "== unit"; cgroup 100; cat $(cgroup 100)/cpu.max $(cgroup 100)/cpu.weight
taskset -pc $(cat /run/qemu-server/100.pid) | sed 's/.*: //'
$qm set 100 --cpulimit 0.5 --cpuunits 300 >/dev/null
echo "== changed"; cat $(cgroup 100)/cpu.max $(cgroup 100)/cpu.weight
$qm set 100 --delete cpulimit,cpuunits >/dev/null
echo "== lifted"; cat $(cgroup 100)/cpu.max 2>/dev/null || echo no group of its own for CPU time
echo "== kvm"; ls -l /proc/$(cat /run/qemu-server/100.pid)/fd | grep -c kvm-vcpu
tr '\\0' '\\n' </proc/$(cat /run/qemu-server/100.pid)/cmdline | grep -A1 '^-cpu'
booted 100
echo "== inside"; guest 100 'dmesg | grep -o "Hypervisor detected.*"; nproc; grep -c "model name.*Common KVM" /proc/cpuinfo'
guest 100 'echo mem $(sed -n "s/MemTotal: *//p" /proc/meminfo)'
$qm set 100 --vcpus 2 --memory 1536 >/dev/null
echo "== more"; pages
guest 100 'until [ $(nproc) = 2 ] && [ $(sed -n "s/MemTotal: *\\([0-9]*\\).*/\\1/p" /proc/meminfo) -gt 1200000 ]; do sleep 0.3; done; echo seen; kept=$$.kept'
echo "== saved"; $qm suspend 100 --todisk 1 >/dev/null; $qm status 100; ended 100; pages
echo "== resumed"; $qm start 100; pages; console 100; booted 100; guest 100 'echo \${kept#*.}; nproc'
$qm set 100 --vcpus 1 --memory 1024 >/dev/null
echo "== fewer"; pages; guest 100 'echo \${kept#*.}; nproc'
guest 100 '[ $(sed -n "s/MemTotal: *\\([0-9]*\\).*/\\1/p" /proc/meminfo) -lt 1000000 ] && echo less'
$qm pending 100 | grep -E '^[a-z]+ (vcpus|memory)'
echo "== too few"; ! $qm set 100 --memory 512; $qm config 100 --current 1 | grep memory; $qm set 100 --revert memory
echo "== paused"
$qm suspend 100; $qm status 100 --verbose | grep qmpstatus; $qm resume 100; $qm status 100 --verbose | grep qmpstatus
echo "== end"; down 100; pages
$qm destroy 100`,
    );
    expect(said.before).toBe('0\n');
    expect(said.pages).toBe('512\n');
    const unit = '/sys/fs/cgroup/qemu.slice/pave-vm-100.service';
    expect(said.unit).toBe(`${unit}\n150000 100000\n70\n1\n`);
    expect(said.changed).toBe('50000 100000\n300\n');
    expect(said.lifted).toMatch(/^(max 100000|no group of its own for CPU time)\n$/);
    expect(said.kvm).toMatch(/^1\n-cpu\nkvm64,/);
    expect(said.inside).toMatch(/^Hypervisor detected: KVM\n1\n1\nmem \d+ kB\n$/);
    expect(said.more).toBe('768\nseen\n');
    // Suspended with what was plugged in, and going on with it.
    expect(said.saved).toMatch(/status: stopped\n0\n$/);
    expect(said.resumed).toMatch(/^Resuming suspended VM\n[\s\S]*768\nkept\n2\n$/);
    expect(said.fewer).toBe('512\nkept\n1\nless\ncur memory: 1024\ncur vcpus: 1\n');
    expect(said['too few']).toContain(
      "memory: hotplug problem - memory can't be lower than 1024 MB",
    );
    expect(said['too few']).toMatch(/^memory: 1024$/m);
    expect(said.paused).toBe('qmpstatus: paused\nqmpstatus: running\n');
    expect(said.end).toBe('0\n');
  });

  it('gives PCI and USB devices to a guest, which works with them', async (context) => {
    const said = await job(
      context,
      'full',
      `mkdir -p /etc/pve/mapping
cat >/etc/pve/mapping/pci.cfg <<C
disk
	map id=1b36:0010,iommugroup=$(basename $(readlink /sys/bus/pci/devices/0000:00:11.0/iommu_group)),node=lab,path=0000:00:11.0,subsystem-id=1af4:1100
C
make 101 --cpu host,hidden=1,flags=+nested-virt --memory 512 --machine q35 --hostpci0 00:10.0 --hostpci1 mapping=disk,pcie=1 \\
  --usb0 host=46f4:0001 --usb1 host=1-2
until ls -d /sys/bus/pci/devices/0000:00:1[01].0/driver /sys/bus/usb/devices/{2-1,1-2}:1.0/driver >/dev/null 2>&1; do sleep 0.3; done
echo "== before"; driver 10.0; driver 11.0; ls -d /sys/bus/usb/devices/2-1:1.0/driver /sys/bus/usb/devices/1-2:1.0/driver
echo "== failed"; $qm set 101 --args -nonsense >/dev/null; ! $qm start 101; driver 10.0; driver 11.0
ls /run/qemu-server | grep '^101\\.' || true
$qm set 101 --delete args >/dev/null
$qm start 101
console 101
echo "== taken"; driver 10.0; driver 11.0
$qm create 102 --memory 64 --cpu host --hostpci0 00:10.0
echo "== twice"; ! $qm start 102
booted 101
guest 101 'until ls /sys/block/nvme0n1 /sys/bus/pci/drivers/e1000e/0* $(echo /sys/bus/usb/devices/*:1.0/host*/target*/*:*/block/sd*) >/dev/null 2>&1 && grep -q Mouse /sys/bus/usb/devices/*/product; do sleep 0.3; done'
echo "== cpu"; guest 101 'dmesg | grep -c "Hypervisor detected"; grep -c -w svm /proc/cpuinfo'
echo "== pci"; guest 101 'for d in /sys/bus/pci/devices/*; do echo $(cat $d/vendor $d/device) $(basename $(readlink $d/driver)); done' | grep -E 'e1000e|nvme'
echo "== taken from"; for d in 2-1 1-2; do [ ! -e /sys/bus/usb/devices/$d:1.0/driver ] || readlink -f /sys/bus/usb/devices/$d:1.0/driver; done
echo "== usb"; guest 101 'cat /sys/bus/usb/devices/*/product /sys/bus/usb/devices/*/serial' | grep -E 'Mouse|LABSTICK'
echo "== data"; guest 101 'cat /sys/block/nvme0n1/device/serial; for d in nvme0n1 $(basename /sys/bus/usb/devices/*:1.0/host*/target*/*:*/block/sd*); do dd if=/dev/$d bs=64k count=16 2>/dev/null | md5sum; done'
head -c 1M /dev/zero | md5sum
down 101
echo "== after"; driver 10.0; driver 11.0; ls -d /sys/bus/usb/devices/2-1:1.0/driver /sys/bus/usb/devices/1-2:1.0/driver
for id in 101 102; do $qm destroy $id; done`,
    );
    const usb = '/sys/bus/usb/devices/2-1:1.0/driver\n/sys/bus/usb/devices/1-2:1.0/driver\n';
    const sorted = (text: string) => text.split('\n').sort();
    expect(sorted(said.before!)).toEqual(sorted(`e1000e\nnvme\n${usb}`));
    expect(said.failed).toContain('nonsense: invalid option\n');
    expect(said.failed).toMatch(/e1000e\nnvme\n(101\.stderr\n)?$/);
    expect(said.taken).toBe('vfio-pci\nvfio-pci\n');
    expect(said.twice).toMatch(/PCI device '0000:00:10\.0' already in use by VMID '101'/);
    expect(said.cpu).toBe('0\n1\n');
    expect(said.pci).toContain('0x8086 0x10d3 e1000e\n');
    expect(said.pci).toContain('0x1b36 0x0010 nvme\n');
    expect(said['taken from']).not.toMatch(/usb-storage|usbhid/);
    expect(said.usb).toBe('QEMU USB Mouse\nLABSTICK\n');
    const [serial, ...sums] = said.data!.trim().split('\n');
    expect(serial!.trim()).toBe('labnvme');
    expect(new Set(sums).size).toBe(1);
    // A PCI device stays with vfio-pci, as the original leaves it.
    expect(sorted(said.after!)).toEqual(sorted(`vfio-pci\nvfio-pci\n${usb}`));
  });

  it('merges memory of guests only where it may', async (context) => {
    const said = await job(
      context,
      'cloud',
      `try() { id=$1; shift; $qm create $id --memory 64 --cpu host --vga none --freeze 1 "$@" >/dev/null; $qm start $id; }
try 103
try 104 --allow-ksm 0
merged() { cat /proc/$(cat /run/qemu-server/$1.pid)/ksm_merging_pages; }
cd /sys/kernel/mm/ksm; echo 20000 >pages_to_scan; echo 10 >sleep_millisecs
scans=$(cat full_scans); echo 1 >run
while [ $(cat full_scans) -lt $((scans + 3)) ]; do sleep 0.2; done
echo "== merged"; merged 103; merged 104
echo 2 >run; for id in 103 104; do down $id; $qm destroy $id; done`,
    );
    const [shared, apart] = said.merged!.split('\n').map(Number);
    expect(shared).toBeGreaterThan(0);
    expect(apart).toBe(0);
  });

  it('starts what CPU types and systems ask for, and names what the processor lacks', async (context) => {
    const said = await job(
      context,
      'cloud',
      `try() { what=$1; shift; $qm create 103 --memory 64 --vga none --freeze 1 "$@" >/dev/null; echo "== $what"
  if $qm start 103; then
    qemu=/proc/$(cat /run/qemu-server/103.pid)
    tr '\\0' '\\n' <$qemu/cmdline | grep -A1 '^-cpu'
    echo mergeable: $(grep -c '^VmFlags:.* mg' $qemu/smaps)
    down 103
  fi
  ended 103
  ls /run/qemu-server | grep '^103\\.[pqv]' || true; $qm destroy 103; }
try v2 --cpu x86-64-v2-AES
try windows --ostype win11 --cpu host,hidden=1,flags=-nested-virt --vmgenid 1 --allow-ksm 0
try 32-bit --cpu qemu32
try lacking --cpu EPYC
try huge --memory 8192 --hugepages 2 --numa 1 --cpu host`,
    );
    expect(said.v2).toMatch(/^-cpu\nqemu64,.*\+aes.*,enforce|^-cpu\nqemu64,.*enforce.*\+aes/);
    expect(said.v2).toMatch(/^mergeable: [1-9]/m);
    expect(said.windows).toMatch(/^mergeable: 0$/m);
    expect(said.windows).toMatch(/^-cpu\nhost,.*hv_relaxed/);
    expect(said.windows).toMatch(/kvm=off.*-svm|-svm.*kvm=off/);
    expect(said['32-bit']).toMatch(/^-cpu\nqemu32,enforce/);
    expect(said.lacking).toMatch(
      /^start failed: cpu: this host's processor has not all that 'EPYC' needs: .*\brdseed\b/,
    );
    expect(said.lacking).toContain('qm set 103 --cpu host\n');
    expect(said.huge).toMatch(/^hugepages: the VM needs 4096 pages of 2 MiB/);
  });
});

describe('a machine without an IOMMU', { timeout: 1_800_000 }, () => {
  it('refuses to pass a PCI device through, and leaves it where it is', async (context) => {
    if (missing !== undefined) context.skip(missing);
    const vm = await bootLab({ modules: ['e1000e'], devices: ['-device', 'e1000e,addr=0x10'] });
    try {
      const { output } = await vm.run(
        `${BEGIN}set +e
$qm create 100 --memory 64 --kvm 0 --hostpci0 00:10.0
$qm start 100; echo "status $?"; driver 10.0; ls /run/qemu-server`,
        { seconds: 900 },
      );
      expect(output).toContain('hostpci0: cannot prepare PCI pass-through, IOMMU not present');
      expect(output).toMatch(/status 255\ne1000e\n$/);
    } finally {
      await vm.end();
    }
  });
});
