import { parseGuestConfig } from '../../../src/config/guest-config.js';
import type { Platform } from '../../../src/host/platform-types.js';
import type { CustomCpu, HostFacts } from '../../../src/qemu/command/facts.js';
import { buildCommand, showCommand } from '../../../src/qemu/command/index.js';
import type { VolumeFacts } from '../../../src/qemu/command/types.js';
import { volumeFacts } from '../../../src/qemu/command/volume-facts.js';
import { checkFileValue } from '../../../src/qemu/config/file-values.js';
import { driveKeys, parseDrive } from '../../../src/qemu/drive/index.js';
import { vmOptions } from '../../../src/qemu/options/index.js';
import { namingOf } from '../../../src/storage/naming/index.js';
import { pciMappings } from './lib/pci.js';
import { section } from './lib/storage.js';

interface Case {
  conf: string;
  host: {
    qemu_version: string;
    host_arch: string;
    host_cpu_vendor: string;
    hw_capabilities: string;
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the environment's shape is the suite's own
type Environment = any;

interface Result {
  argv?: string[];
  text?: string;
  error?: string;
  warnings: string[];
}

function platform(input: Case, environment: Environment): Platform {
  const { host_arch: arch, qemu_version: text } = input.host;
  const version = text.split('.').map(Number) as [number, number, number];
  const binary = (guest: string) =>
    guest === arch ? '/usr/bin/kvm' : `/usr/bin/qemu-system-${guest}`;
  const info = (guest: string) => ({ binary: binary(guest), version, flavour: 'pve' as const });
  const vendor = input.host.host_cpu_vendor;
  return {
    arch,
    cpus: environment.host.cpus,
    memory: 2 ** 40,
    kernel: '6.17',
    qemu: { x86_64: info('x86_64'), aarch64: info('aarch64') },
    kvm: 'usable',
    cpuVendor: vendor === 'GenuineIntel' ? 'intel' : vendor === 'AuthenticAMD' ? 'amd' : 'unknown',
    systemd: true,
    cgroup: 'v2',
    vhostNet: environment.host.vhost_net === 1,
    ioUring: true,
    tools: {},
  };
}

/** Every firmware file the original knows, with the size of its variables. */
function firmware(environment: Environment): ReadonlyMap<string, number> {
  const sizes = Object.entries(environment.host.firmware_vars_size) as [string, number][];
  return new (class extends Map<string, number> {
    override has(): boolean {
      return true;
    }
    override get(path: string): number | undefined {
      return sizes.find(([pattern]) => new RegExp(`/${pattern}`).test(path))?.[1];
    }
  })();
}

/** A map that knows every key, as the environment's `*` says. */
function withDefault(given: Record<string, number>): ReadonlyMap<string, number> {
  return new (class extends Map<string, number> {
    override get(key: string): number | undefined {
      return super.get(key) ?? given['*'];
    }
  })(Object.entries(given));
}

function facts(input: Case, environment: Environment): HostFacts {
  const { host } = environment;
  const preset = environment.hw_capabilities_presets[input.host.hw_capabilities];
  const capabilities = JSON.parse(preset ?? input.host.hw_capabilities);
  return {
    physAddressBits: host.phys_address_bits,
    customCpus: new Map(Object.entries(environment.custom_cpu_models) as [string, CustomCpu][]),
    bridgeMtu: withDefault(host.bridge_mtu),
    iscsiInitiator: host.iscsi_initiator_name,
    spice: { port: host.spice_port, address: host.localhost_address },
    pciDevices: (environment.pci_devices as string[]).map((id) => ({ id })),
    pciMappings: pciMappings(environment.pci_mapping, environment.node),
    usbMappings: new Map(),
    firmware: firmware(environment),
    sev: capabilities['amd-sev'],
    tdx: capabilities['intel-tdx'],
  };
}

/** The volumes below the current one, as `volume_snapshot_info` tells. */
function parents(environment: Environment, storeid: string) {
  const info = environment.volume_snapshot_info;
  const snapshots = info[`${storeid}:*`] ?? info['*'];
  const chain: { snapshot: string; path: string }[] = [];
  let name: string | undefined = snapshots.current?.parent;
  while (name !== undefined) {
    chain.push({ snapshot: name, path: snapshots[name].file });
    name = snapshots[name].parent;
  }
  return chain;
}

function volume(file: string, environment: Environment): VolumeFacts {
  const blockDevice = (path: string) => path.includes('/dev/');
  if (file === 'cdrom')
    return { path: environment.host.cdrom_device, format: 'raw', blockDevice: true };
  if (file.startsWith('/')) return { path: file, format: 'raw', blockDevice: blockDevice(file) };
  const [, storeid, volname] = /^([^:]+):(.*)$/.exec(file)!;
  const given = environment.storage_config.ids[storeid!];
  if (given === undefined) throw new Error(`storage '${storeid}' does not exist`);
  const content = Object.keys(given.content).join(',');
  const storage = section(storeid!, { ...given, content });
  const naming = namingOf(storage.type);
  const path = naming.path(storage, volname!, undefined, {
    lun: () => environment.host.zfs_over_iscsi.lun,
  });
  const parsed = naming.parseVolname(volname!);
  // Only these keep snapshots in a chain of volumes.
  const chained =
    naming.snapshotMethod(storage, volname!) === 'mixed' ? parents(environment, storeid!) : [];
  return volumeFacts(file, {
    storage,
    parsed,
    path,
    blockDevice: blockDevice(path),
    parents: chained,
  });
}

export default {
  suite: 'qemu-cfg2cmd',

  run(input: Case, environment: Environment): Result {
    vmOptions();
    const config = parseGuestConfig('qemu', input.conf, { check: checkFileValue });
    const { values } = config.main;
    try {
      const volumes = new Map<string, VolumeFacts>();
      for (const key of driveKeys(values)) {
        const { file } = parseDrive(key, values.get(key)!);
        if (file !== 'none') volumes.set(file, volume(file, environment));
      }
      const state = values.get('vmstate');
      if (state !== undefined) volumes.set(state, volume(state, environment));
      const temporary = `/run/qemu-server/efidisk/${environment.vmid}-ovmf.fd`;
      volumes.set(temporary, { path: temporary, format: 'raw', blockDevice: false });
      const { argv, warnings } = buildCommand({
        vmid: environment.vmid,
        values,
        volumes,
        platform: platform(input, environment),
        node: environment.node,
        root: '',
        facts: facts(input, environment),
      });
      return { argv, text: `${showCommand(argv, { pretty: true })}\n`, warnings };
    } catch (error) {
      return { error: (error as Error).message, warnings: [] };
    }
  },

  compare(
    got: Result,
    expected: { argv?: string[]; text?: string; error?: string; warning?: string },
  ): string | undefined {
    if (expected.error !== undefined || got.error !== undefined) {
      return got.error === expected.error
        ? undefined
        : `error ${JSON.stringify(got.error)} instead of ${JSON.stringify(expected.error)}`;
    }
    const length = Math.max(got.argv!.length, expected.argv!.length);
    for (let i = 0; i < length; i++) {
      if (got.argv![i] !== expected.argv![i])
        return `argument ${i}: got ${got.argv![i]}, expected ${expected.argv![i]}`;
    }
    if (got.text!.trimEnd() !== expected.text!.trimEnd()) return 'the text differs';
    if (expected.warning !== undefined) {
      // Ours are without the word; the front end says it.
      const warning = expected.warning.replace(/^warning: /, '');
      if (got.warnings.length !== 1 || got.warnings[0] !== warning)
        return `warned ${JSON.stringify(got.warnings)} instead of ${JSON.stringify(expected.warning)}`;
    }
    return undefined;
  },
};
