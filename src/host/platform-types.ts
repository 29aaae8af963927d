/** What this machine can do: probed once, cheaply, and passed on as data. */

export interface QemuInfo {
  /** Absolute path of the emulator. */
  binary: string;
  /** Three numbers, e.g. [7, 2, 22]. */
  version: readonly [number, number, number];
  /** The original's own build, which knows options that stock QEMU lacks. */
  flavour: 'stock' | 'pve';
}

export interface Platform {
  /** Of the host: x86_64, aarch64. */
  arch: string;
  cpus: number;
  /** Bytes. */
  memory: number;
  kernel: string;
  /** By guest architecture. Missing: not installed. */
  qemu: Partial<Record<'x86_64' | 'aarch64' | 'i386', QemuInfo>>;
  /** usable: a guest really runs; present: the device opens but a guest hangs or fails; none. */
  kvm: 'usable' | 'present' | 'none';
  kvmReason?: string;
  cpuVendor: 'intel' | 'amd' | 'arm' | 'unknown';
  /** pid 1 is systemd. */
  systemd: boolean;
  cgroup: 'v1' | 'hybrid' | 'v2' | 'none';
  /** /dev/vhost-net is there: the kernel itself moves packets between taps and guests. */
  vhostNet?: boolean;
  /** io_uring may be used by QEMU. */
  ioUring: boolean;
  /** Program name -> absolute path, for the tools a guest start may need. */
  tools: Readonly<Record<string, string | undefined>>;
}
