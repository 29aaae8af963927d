/** What the command line of a VM is made of. The builder is a pure function of this; nothing else. */
import type { Platform } from '../../host/platform-types.js';
import type { HostFacts } from './facts.js';

/** A volume or file of a drive, resolved. */
export interface VolumeFacts {
  /** Path or URL QEMU opens, root prefix included. */
  path: string;
  /** raw, qcow2, … as the storage says; for absolute paths as the file's name says. */
  format: string;
  /** Bytes; undefined where unknown. */
  size?: number;
  /** Type of its storage (`dir`, `lvmthin`, …); undefined for a path. */
  storageType?: string;
  storeid?: string;
  /** It is a block device. */
  blockDevice?: boolean;
  /** Answer of a SCSI inquiry of a device passed through: 0 disk, 1 tape, 5 CD-ROM, … */
  scsiType?: number;
  /** What the volume holds: `images`, `iso`, …; undefined for a path. */
  vtype?: string;
  /** The storage keeps snapshots as a chain of volumes (`snapshot-as-volume-chain`). */
  volumeChain?: boolean;
  /** Chain below this volume, the nearest parent first. */
  parents?: readonly { snapshot: string; path: string }[];
  /** An RBD image mapped by the kernel. */
  krbd?: boolean;
  /** A btrfs storage whose files are not copied on write. */
  nocow?: boolean;
  /** QEMU's options of a node below a qcow2 volume that its own header does not name. */
  backing?: Readonly<Record<string, unknown>>;
  /** QEMU's options of a node the guest works on for now; the volume's own waits beside it. */
  instead?: Readonly<Record<string, unknown>> & { 'node-name': string };
  /** QEMU's options of the protocol node, where the path alone does not say them. */
  blockdev?: Readonly<Record<string, unknown>>;
}

export interface CommandOptions {
  /** Machine type instead of the config's, e.g. of a saved state. */
  forceMachine?: string;
  /** `-cpu` argument instead of the config's. */
  forceCpu?: string;
  /** `-incoming` argument: a state or migration is loaded after start. */
  incoming?: string;
  /** Do not run the CPUs yet. */
  paused?: boolean;
  /** MTU of network cards instead of the bridges', e.g. of a saved state; 0: give none. By key. */
  hostMtu?: ReadonlyMap<string, number>;
}

export interface CommandInput {
  vmid: number;
  /** Main section of the config, or a snapshot's: key -> canonical text. */
  values: ReadonlyMap<string, string>;
  /** By what stands in the drive's `file`: volume id or path. */
  volumes: ReadonlyMap<string, VolumeFacts>;
  platform: Platform;
  node: string;
  /** Root prefix of runtime paths, '' for the machine itself. */
  root: string;
  /** Directory of the runtime files as this machine sees it; `/var/run/qemu-server` where not given. */
  runDir?: string;
  /** What the config refers to on this host. */
  facts?: HostFacts;
  options?: CommandOptions;
}

export interface HugepageNeed {
  /** MiB of one page. */
  size: number;
  /** NUMA node of the host; the first of them where the config names several. */
  node: number;
  /** The config names several nodes: a start cannot say which of them gives the pages. */
  spread?: true;
  pages: number;
}

export interface BuiltCommand {
  argv: string[];
  warnings: string[];
  /** UEFI variables of a VM without a disk for them: a copy of the template is to be there. */
  temporaryVars?: { path: string; template: string } | undefined;
  /** Huge pages that are to be there. */
  hugepages?: readonly HugepageNeed[];
}
