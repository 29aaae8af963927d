/**
 * No option of a VM is accepted and ignored: each, and each of the words it may take, changes the
 * command line of stock QEMU, is refused or warned of, or stands in `ELSEWHERE` with the file that
 * acts on it, or in `STORED` with the reason.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settableOptions } from '../../../src/qemu/options/index.js';
import type { PropertyFormat, PropSchema } from '../../../src/schema/types.js';
import { commandLine } from '../../lib/stock-host.js';

const MAC = 'BC:24:11:00:00:01';
const DISK = 'file=local:100/vm-100-disk-0.qcow2';
const CD = 'file=local:iso/a.iso,media=cdrom';
const UUID = '6e3b2ad0-5b5f-4b50-9a4b-2e0a35b8a0f1';
const EFI = 'file=local:100/vm-100-disk-9.raw,size=528K';

/** Values for what the schema leaves too open to make one up. */
const VALUES: [option: RegExp, values: string[]][] = [
  [/^(ide|sata|scsi|virtio|efidisk|tpmstate).*\.file$/, ['local:100/vm-100-disk-1.raw']],
  [/\.(bps|mbps|iops)/, ['2000000']],
  [/_max_length$/, ['3']],
  [/^scsi\[n\]\.(product|vendor)$|^ide\[n\]\.model$|\.serial$/, ['Pave']],
  [/\.wwn$/, ['0x5000c500a1b2c3d4']],
  [/^net\[n\]\.model$/, ['virtio', 'e1000', 'rtl8139']],
  [/^net\[n\]\.bridge$/, ['vmbr0']],
  [/\.macaddr$/, [MAC]],
  [/^net\[n\]\.mtu$/, ['1400']],
  [/^usb\[n\]\.host$/, ['1050:0407', '1-1.4', 'spice']],
  [/^usb\[n\]\.mapping$/, ['key']],
  [/^hostpci\[n\]\.host$/, ['01:00.0']],
  [/^hostpci\[n\]\.mapping$/, ['nic']],
  [/^hostpci\[n\]\.mdev$/, ['nvidia-35']],
  [/^hostpci\[n\]\.romfile$/, ['vbios.bin']],
  [/(device|vendor)-id$/, ['0x1234']],
  [/^virtiofs\[n\]\.dirid$/, ['docs']],
  [/^ivshmem\.(name|size)$/, ['8']],
  [/^serial\[n\]$/, ['socket']],
  [/^parallel\[n\]$/, ['/dev/parport0']],
  [/^smbios1\.uuid$|^vmgenid$/, [UUID]],
  [/^smbios1\.base64$/, ['0', '1']],
  [/^smbios1\./, ['UGF2w6k=']],
  [/^machine\.type$/, ['pc', 'q35', 'pc-i440fx-7.1', 'pc-q35-7.2']],
  [/^machine\.aw-bits$/, ['48']],
  [/^boot\.legacy$/, ['n', 'd']],
  [/^boot\.order$/, ['net0;scsi0']],
  [/^bootdisk$/, ['scsi0']],
  [/^cpu\.cputype$/, ['max', 'EPYC', 'custom-mine']],
  [/^cpu\.flags$/, ['+aes', '-pcid']],
  [/^cpu\.(guest-)?phys-bits$/, ['40']],
  [/^cpu\.hv-vendor-id$/, ['Pave']],
  [/^numa\[n\]\.cpus$/, ['0', '1']],
  [/^numa\[n\]\.hostnodes$/, ['0']],
  [/^numa\[n\]\.memory$/, ['256']],
  [/^affinity$/, ['0-1']],
  [/^vcpus$/, ['1']],
  [/^startdate$/, ['2026-01-02T03:04:05']],
  [/^args$/, ['-no-shutdown -no-hpet']],
  [/^hotplug$/, ['1', 'cpu', 'memory']],
  [/^name$/, ['web']],
  [/^net\[n\]\.trunks$/, ['5;7-9']],
  [/^memory\.current$/, ['768']],
];

interface Around {
  /** Other lines of the config. */
  keys?: string;
  /** The rest of the option's own value. */
  rest?: string;
}

/** What an option stands beside; in one of these it has to show. */
const AROUND: [option: RegExp, around: Around[]][] = [
  [/^(ide|sata|scsi|virtio)\[n\]\.file$/, [{}]],
  [
    /^(ide|sata|scsi|virtio)\[n\]\.(m?bps|iops).*_max_length$/,
    [
      { rest: `${DISK},mbps=1,mbps_max=2,iops=100,iops_max=200` },
      { rest: `${DISK},mbps_rd=1,mbps_rd_max=2,iops_rd=100,iops_rd_max=200` },
      { rest: `${DISK},mbps_wr=1,mbps_wr_max=2,iops_wr=100,iops_wr_max=200` },
    ],
  ],
  [
    /^(ide|sata|scsi|virtio)\[n\]\.(m?bps|iops).*_max$/,
    [
      { rest: `${DISK},mbps=1,iops=100` },
      { rest: `${DISK},mbps_rd=1,iops_rd=100` },
      { rest: `${DISK},mbps_wr=1,iops_wr=100` },
    ],
  ],
  [
    /^scsi\[n\]\./,
    [
      { keys: 'scsihw: virtio-scsi-single', rest: DISK },
      { rest: DISK },
      { rest: 'file=/dev/sdx' },
      { rest: CD },
    ],
  ],
  [/^(ide|sata|virtio)\[n\]\./, [{ rest: DISK }, { rest: CD }, { rest: `${DISK},discard=on` }]],
  [/^efidisk0\.file$/, [{ keys: 'bios: ovmf' }]],
  [/^efidisk0\./, [{ keys: 'bios: ovmf\nmachine: q35', rest: EFI }]],
  [/^tpmstate0\.file$/, [{}]],
  [/^tpmstate0\./, [{ rest: 'file=local:100/vm-100-disk-8.raw' }]],
  [/^scsihw$/, [{ keys: `scsi0: ${DISK}` }]],
  [/^boot\.|^bootdisk$/, [{ keys: `scsi0: ${DISK}\nnet0: virtio=${MAC}\nide2: ${CD}` }]],
  [/^net\[n\]\.model$/, [{ rest: `macaddr=${MAC}` }]],
  [/^net\[n\]\.macaddr$/, [{ rest: 'model=virtio' }]],
  [/^net\[n\]\./, [{ rest: `virtio=${MAC},bridge=vmbr0` }, { rest: `virtio=${MAC}` }]],
  [/^usb\[n\]\.(host|mapping)$/, [{}]],
  [
    /^usb\[n\]\./,
    [{ rest: 'host=1050:0407', keys: 'machine: pc-i440fx-7.0' }, { rest: 'host=1050:0407' }],
  ],
  [/^hostpci\[n\]\.(host|mapping)$/, [{}]],
  [
    /^hostpci\[n\]\./,
    [
      { keys: 'machine: q35', rest: 'host=01:00.0' },
      { rest: 'host=02:00' },
      { rest: 'mapping=nic' },
    ],
  ],
  [/^vga\.memory$/, [{ rest: 'type=std' }, { rest: 'type=virtio' }, { rest: 'type=qxl' }]],
  [/^vga\.type$/, [{ keys: 'serial0: socket\nserial1: socket\nserial2: socket\nserial3: socket' }]],
  [/^smbios1\.base64$/, [{ rest: 'family=UGF2w6k=' }]],
  [/^audio0\.device$/, [{}]],
  [/^audio0\./, [{ rest: 'device=ich9-intel-hda' }]],
  [/^spice_enhancements\./, [{ keys: 'vga: qxl' }]],
  [/^ivshmem\.name$/, [{ rest: 'size=8' }]],
  [/^rng0\.source$/, [{}]],
  [/^rng0\./, [{ rest: 'source=/dev/urandom' }]],
  [/^virtiofs\[n\]\.dirid$/, [{ keys: 'memory: 1024' }]],
  [/^virtiofs\[n\]\./, [{ rest: 'dirid=docs' }]],
  [/^machine\.(viommu|aw-bits)$/, [{ rest: 'type=q35' }, { rest: 'type=q35,viommu=intel' }]],
  [/^watchdog\.model$/, [{ rest: 'action=reset' }]],
  [/^watchdog\.action$/, [{ rest: 'model=i6300esb' }]],
  [/^agent\.enabled$/, [{}]],
  [/^agent\./, [{ rest: 'enabled=1' }]],
  [
    /^cpu\.(flags|hidden|hv-vendor-id|level|phys-bits|guest-phys-bits)$/,
    [{ rest: 'cputype=host', keys: 'ostype: win10' }, { rest: 'cputype=kvm64' }],
  ],
  [/^cpu\.reported-model$/, [{ rest: 'cputype=kvm64' }, { rest: 'cputype=custom-mine' }]],
  [/^numa\[n\]\.cpus$/, [{ keys: 'numa: 1\ncores: 2\nmemory: 256', rest: 'memory=256' }]],
  [
    /^numa\[n\]\.(memory|hostnodes)$/,
    [
      { keys: 'numa: 1\nmemory: 256', rest: 'cpus=0' },
      { keys: 'numa: 1\nmemory: 256', rest: 'cpus=0,memory=256,policy=bind' },
    ],
  ],
  [
    /^numa\[n\]\.policy$/,
    [{ keys: 'numa: 1\nmemory: 256', rest: 'cpus=0,memory=256,hostnodes=0' }],
  ],
  [/^amd-sev\.type$/, [{ keys: 'bios: ovmf\nmachine: q35' }]],
  [
    /^amd-sev\./,
    [
      { keys: 'bios: ovmf\nmachine: q35', rest: 'type=std' },
      { keys: 'bios: ovmf\nmachine: q35', rest: 'type=snp' },
    ],
  ],
  [/^intel-tdx\.type$/, [{ keys: 'bios: ovmf\nmachine: q35', rest: 'attestation=1' }]],
  [/^intel-tdx\.attestation$/, [{ keys: 'bios: ovmf\nmachine: q35', rest: 'type=tdx' }]],
  [/^intel-tdx\./, [{ keys: 'bios: ovmf\nmachine: q35', rest: 'type=tdx,attestation=1' }]],
  [/^vcpus$/, [{ keys: 'cores: 4' }]],
  [/^hugepages$|^keephugepages$/, [{ keys: 'memory: 1024\nnuma: 1' }]],
  [/^hotplug$/, [{ keys: 'numa: 1\nmemory: 2048\ncores: 4\nvcpus: 2' }]],
  [/^ostype$/, [{ keys: 'cpu: host' }]],
];

/** What acts outside of QEMU's command line: the file that reads the option. */
const ELSEWHERE: [option: RegExp, file: string][] = [
  [/^(description|cipassword)$/, 'qemu/config/change.ts'],
  [/^tags$/, 'qemu/config/parameters.ts'],
  [/^onboot$|^startup$/, 'guest/startup.ts'],
  [/^(protection|lock)$/, 'guest/load.ts'],
  [/^hookscript$/, 'guest/hookscript.ts'],
  [/^vmstatestorage$/, 'qemu/runtime/suspend.ts'],
  [/^agent\.freeze-fs$/, 'backup/source/freeze.ts'],
  [/^(cpulimit|cpuunits)$/, 'qemu/runtime/cpu-limits.ts'],
  [/^keephugepages$/, 'qemu/runtime/hugepages.ts'],
  [/\.backup$/, 'backup/vzdump/guest-disks.ts'],
  [/\.import-from$/, 'qemu/disks/create.ts'],
  [/\.size$/, 'qemu/drive/index.ts'],
  [/^unused\[n\]\.file$/, 'qemu/config/parameters.ts'],
  [/^efidisk0\.(pre-enrolled-keys|ms-cert)$/, 'qemu/disks/state-volumes.ts'],
  [/^tpmstate0\.format$/, 'storage/core/volumes.ts'],
  [/^tpmstate0\.version$/, 'qemu/runtime/tpm.ts'],
  [/^net\[n\]\.(firewall|rate|tag|trunks)$/, 'network/port/index.ts'],
  [/^net\[n\]\.link_down$/, 'qemu/runtime/after-launch.ts'],
  [/^hostpci\[n\]\.driver$/, 'qemu/runtime/passthrough.ts'],
  [/^virtiofs\[n\]\.(cache|direct-io|expose-acl|expose-xattr)$/, 'qemu/runtime/virtiofs.ts'],
  [/^ipconfig\[n\]\.|^(nameserver|searchdomain)$/, 'qemu/cloudinit/network.ts'],
  [/^(citype|ciuser|ciupgrade|sshkeys)$/, 'qemu/cloudinit/data.ts'],
  [/^cicustom\./, 'qemu/cloudinit/data.ts'],
];

/** What no command that is there could act on. */
const STORED: [option: RegExp, why: string][] = [
  [/^autostart$/, 'the original does nothing with it either'],
  [/^migrate_(downtime|speed)$/, 'for migrations'],
  [/\.(shared|replicate)$/, 'for migrations and replication'],
  [/^agent\.fstrim_cloned_disks$/, 'for moved disks, clones and migrations'],
  [/^shares$/, 'no daemon moves the balloon; shown by qm status --verbose'],
];

/** Words that say what is so anyway, where the schema does not name them as the default. */
const SAME_AS_NONE: [option: RegExp, words: string[]][] = [
  [/\.aio$/, ['io_uring']],
  [/\.cache$/, ['none']],
  [/\.discard$/, ['ignore']],
  [/\.detect_zeroes$/, ['1']],
  [/\.(snapshot|ssd|iothread|ro|base64|host-tunnel)$/, ['0']],
  [/^(freeze|localtime)$/, ['0']],
  [/^ostype$/, ['l24', 'l26']],
  [/^arch$/, ['x86_64']],
  [/^hotplug$/, ['1']],
  [/^machine\.type$/, ['pc']],
  [/^machine\.enable-s[34]$/, ['1']],
  [/^(efidisk0)\.format$/, ['raw']],
  [/\]\.format$/, ['qcow2']],
  [/^balloon$/, ['1']],
  [/^net\[n\]\.queues$/, ['0']],
];

function valuesOf(option: string, schema: PropSchema): string[] {
  const known = VALUES.find(([pattern]) => pattern.test(option));
  if (known !== undefined) return known[1];
  if (schema.enum !== undefined) return schema.enum.map(String);
  if (schema.type === 'boolean') return ['0', '1'];
  if (schema.type === 'integer' || schema.type === 'number') {
    const low = Math.max(schema.minimum ?? 0, Number(schema.default ?? 0) + 1);
    return [...new Set([String(schema.minimum ?? 0), String(low)])];
  }
  throw new Error(`say in VALUES what '${option}' may be`);
}

/** What becomes of the config with that value, on Debian 12 and 13; undefined where it is none. */
function outcome(option: string, value: string | undefined, around: Around): string | undefined {
  const [family, sub] = option.split('.') as [string, string | undefined];
  const own = value === undefined || sub === undefined ? value : `${sub}=${value}`;
  const text = [around.rest, own].filter((part) => part !== undefined).join(',');
  const line = text === '' ? '' : `${family.replace('[n]', '0')}: ${text}\n`;
  const config = around.keys === undefined ? line : `${around.keys}\n${line}`;
  try {
    return ['qemu-7.2', 'qemu-10.0'].map((host) => commandLine(config, host)).join('');
  } catch {
    return undefined;
  }
}

const options = Object.entries(settableOptions()).flatMap(
  ([name, schema]): [string, PropSchema][] => {
    // Another name of ide2.
    if (name === 'cdrom') return [];
    const { format } = schema as PropSchema;
    if (typeof format !== 'object') return [[name, schema]];
    return Object.entries(format as PropertyFormat)
      .filter(([, sub]) => sub.alias === undefined)
      .map(([sub, its]) => [`${name}.${sub}`, its]);
  },
);

const listed = (list: [RegExp, string][], option: string) =>
  list.find(([pattern]) => pattern.test(option))?.[1];

/** Values that change nothing anywhere, and need not. */
function ignored(option: string, schema: PropSchema): string[] {
  const values = valuesOf(option, schema);
  const around = AROUND.find(([pattern]) => pattern.test(option))?.[1] ?? [{}];
  const outcomes = around.map((one) => ({
    without: outcome(option, undefined, one),
    byValue: values.map((value) => outcome(option, value, one)),
  }));
  const idle = SAME_AS_NONE.find(([pattern]) => pattern.test(option))?.[1] ?? [];
  return values.filter(
    (value, i) =>
      !idle.includes(value) &&
      String(schema.default) !== value &&
      outcomes.every(
        ({ without, byValue }) =>
          byValue[i] === undefined ||
          (byValue[i] === without && !byValue[i].startsWith(`ERROR: ${option.split('.')[0]}: `)),
      ),
  );
}

describe('every option of a VM', () => {
  const here = options.filter(
    ([option]) => listed(ELSEWHERE, option) === undefined && listed(STORED, option) === undefined,
  );
  it.each(here)('%s reaches QEMU or is refused', (option, schema) => {
    expect(ignored(option, schema)).toEqual([]);
  });

  it.each(options.filter(([option]) => listed(ELSEWHERE, option) !== undefined))(
    '%s is read elsewhere',
    (option) => {
      const file = join(import.meta.dirname, '../../../src', listed(ELSEWHERE, option)!);
      const word = option.split('.').at(-1)!.replace('[n]', '');
      expect(readFileSync(file, 'utf8')).toContain(word);
    },
  );

  it.each([...ELSEWHERE, ...STORED].map(([pattern]) => [pattern]))('%s is an option', (pattern) => {
    expect(options.some(([option]) => pattern.test(option))).toBe(true);
  });
});
