/** Debian hosts as data, and the command lines their QEMU gets for a config's text. */
import { parseGuestConfig } from '../../src/config/guest-config.js';
import { messageOf } from '../../src/errors.js';
import type { Platform } from '../../src/host/platform-types.js';
import type { HostFacts } from '../../src/qemu/command/facts.js';
import { buildCommand, refuseUnsupported, showCommand } from '../../src/qemu/command/index.js';
import type { VolumeFacts } from '../../src/qemu/command/types.js';
import { driveKeys, parseDrive } from '../../src/qemu/drive/index.js';
import { checkVmValue } from '../../src/qemu/options/index.js';

export const HOSTS: Record<string, { version: [number, number, number]; kvm: Platform['kvm'] }> = {
  'qemu-7.2': { version: [7, 2, 22], kvm: 'usable' },
  'qemu-7.2-tcg': { version: [7, 2, 22], kvm: 'none' },
  'qemu-10.0': { version: [10, 0, 13], kvm: 'usable' },
};

function platform(version: [number, number, number], kvm: Platform['kvm']): Platform {
  const qemu = (arch: string) => ({
    binary: `/usr/bin/qemu-system-${arch}`,
    version,
    flavour: 'stock' as const,
  });
  return {
    arch: 'x86_64',
    cpus: 16,
    memory: 64 * 2 ** 30,
    kernel: '6.1',
    qemu: { x86_64: qemu('x86_64'), aarch64: qemu('aarch64'), i386: qemu('i386') },
    kvm,
    cpuVendor: 'intel',
    systemd: true,
    cgroup: 'v2',
    vhostNet: kvm === 'usable',
    ioUring: true,
    tools: {},
  };
}

const FACTS: HostFacts = {
  physAddressBits: 46,
  bridgeMtu: new Map([['vmbr0', 9000]]),
  spice: { port: 61000, address: '127.0.0.1' },
  cpuFlags: new Set(['vmx', 'aes']),
  customCpus: new Map([['mine', { 'reported-model': 'Nehalem', flags: '+pcid', level: 11 }]]),
  onlineCpus: new Set([0, 1, 2, 3]),
  sev: {
    'sev-support': true,
    'sev-support-es': true,
    'sev-support-snp': true,
    cbitpos: 51,
    'reduced-phys-bits': 1,
  },
  hugepageSizes: new Set([2, 1024]),
  numaNodes: new Set([0]),
  firmware: new Map([
    ['/usr/share/OVMF/OVMF_CODE_4M.fd', 3653632],
    ['/usr/share/OVMF/OVMF_VARS_4M.fd', 540672],
    ['/usr/share/OVMF/OVMF_CODE_4M.secboot.fd', 3653632],
    ['/usr/share/OVMF/OVMF_VARS_4M.ms.fd', 540672],
    ['/usr/share/OVMF/OVMF_CODE.fd', 1966080],
    ['/usr/share/OVMF/OVMF_VARS.fd', 131072],
    ['/usr/share/AAVMF/AAVMF_CODE.fd', 67108864],
    ['/usr/share/AAVMF/AAVMF_VARS.fd', 67108864],
  ]),
  rngSources: new Set(['/dev/urandom']),
  characterDevices: new Set(['/dev/parport0']),
  pciDevices: [
    { id: '0000:01:00.0', vendor: '10de' },
    { id: '0000:01:00.1', vendor: '10de' },
    { id: '0000:02:00.0', vendor: '10de' },
    { id: '0000:03:00.1' },
    { id: '0000:03:00.2' },
    { id: '0000:04:00.0' },
    { id: '0000:05:00.0' },
  ],
  pciMappings: new Map([
    ['nic', { alternatives: [['0000:04:00.0'], ['0000:05:00.0']], liveMigrationCapable: true }],
  ]),
  pciReserved: new Set(['0000:04:00.0']),
  usbMappings: new Map([['key', '1050:0407']]),
  usbDevices: new Set(['1050:0407', '1-1.4']),
  directoryMappings: new Map([
    ['docs', '/srv/docs'],
    ['more', '/srv/more'],
  ]),
};

function volume(file: string): VolumeFacts {
  const name = file.replace(/^local:/, '');
  const iso = name.startsWith('iso/');
  return {
    path: iso ? `/var/lib/vz/template/${name}` : `/var/lib/vz/images/${name}`,
    format: iso ? 'raw' : name.slice(name.lastIndexOf('.') + 1),
    size: 540672,
    storeid: 'local',
    storageType: 'dir',
    vtype: iso ? 'iso' : 'images',
    blockDevice: false,
  };
}

/** Warnings and arguments, one a line; `ERROR: …` where the config is refused. */
export function commandLine(text: string, host: string): string {
  const given = HOSTS[host]!;
  const config = parseGuestConfig('qemu', text, { strict: true, check: checkVmValue });
  const { values } = config.main;
  // What a start makes where there is no EFI disk.
  const temporary = '/var/run/qemu-server/efidisk/100-ovmf.fd';
  const volumes = new Map<string, VolumeFacts>([
    [temporary, { path: temporary, format: 'raw', size: 67108864, blockDevice: false }],
  ]);
  try {
    for (const key of driveKeys(values)) {
      const { file, size } = parseDrive(key, values.get(key)!);
      if (file !== 'none')
        volumes.set(file, { ...volume(file), ...(size === undefined ? {} : { size }) });
    }
    refuseUnsupported(100, values, platform(given.version, given.kvm));
    const { argv, warnings } = buildCommand({
      vmid: 100,
      values,
      volumes,
      platform: platform(given.version, given.kvm),
      node: 'n1',
      root: '',
      facts: FACTS,
    });
    return [
      ...warnings.map((line) => `WARN: ${line}`),
      showCommand(argv, { pretty: true }),
      '',
    ].join('\n');
  } catch (error) {
    return `ERROR: ${messageOf(error)}\n`;
  }
}
