/**
 * What a config refers to on this host, looked up before the command line is built. A fact that is
 * missing was not looked up: the builder then neither relies on it nor refuses for it.
 */

export interface PciFunction {
  /** `0000:01:00.0` */
  id: string;
  /** An NVIDIA card whose virtual functions are configured through its own sysfs files. */
  nvidia?: boolean;
  /** Four hex digits. */
  vendor?: string;
}

/** A `mapping=` of hostpci, resolved for this node. */
export interface PciMapping {
  /** Each alternative's addresses as the mapping holds them, `;` split. */
  alternatives: readonly (readonly string[])[];
  liveMigrationCapable?: boolean;
}

export interface CustomCpu {
  'reported-model'?: string;
  flags?: string;
  hidden?: string | number;
  'hv-vendor-id'?: string;
  'phys-bits'?: string;
  'guest-phys-bits'?: string | number;
  level?: string | number;
}

export interface SevCapabilities {
  cbitpos?: number;
  'reduced-phys-bits'?: number;
  'sev-support'?: boolean;
  'sev-support-es'?: boolean;
  'sev-support-snp'?: boolean;
}

export interface HostFacts {
  /** Physical address bits of the host's CPU. */
  physAddressBits?: number | undefined;
  /** Flags of the host's CPU. */
  cpuFlags?: ReadonlySet<string> | undefined;
  /** CPU models defined in `cpu-models.conf`, by name without `custom-`. */
  customCpus?: ReadonlyMap<string, CustomCpu> | undefined;
  /** CPUs of the host that are online. */
  onlineCpus?: ReadonlySet<number> | undefined;
  /** MTU by bridge. */
  bridgeMtu?: ReadonlyMap<string, number> | undefined;
  /** Those of the paths named by serial and parallel ports that are character devices. */
  characterDevices?: ReadonlySet<string> | undefined;
  /** Sizes of huge pages the kernel knows, in MiB. */
  hugepageSizes?: ReadonlySet<number> | undefined;
  numaNodes?: ReadonlySet<number> | undefined;
  iscsiInitiator?: string | undefined;
  /** A free port, and where to listen. */
  spice?: { port: number; address: string } | undefined;
  /** PCI devices of the host, sorted. */
  pciDevices?: readonly PciFunction[] | undefined;
  pciMappings?: ReadonlyMap<string, PciMapping> | undefined;
  /** Addresses that other VMs hold. */
  pciReserved?: ReadonlySet<string> | undefined;
  /** Mapping -> `vendor:product` or `bus-port`. */
  usbMappings?: ReadonlyMap<string, string> | undefined;
  /** Names of USB devices that are plugged in: `046d:c31c`, `1-1.4`. */
  usbDevices?: ReadonlySet<string> | undefined;
  /** Mapping -> directory. */
  directoryMappings?: ReadonlyMap<string, string> | undefined;
  /** Firmware images that are there -> bytes. */
  firmware?: ReadonlyMap<string, number> | undefined;
  sev?: SevCapabilities | undefined;
  tdx?: { 'tdx-support'?: boolean } | undefined;
  /** What VirGL renders with is there. */
  renderNode?: boolean | undefined;
  /** Source files of random numbers that are there. */
  rngSources?: ReadonlySet<string> | undefined;
}
