/** What a VM is called, when it starts, and what it runs. */
import { boolean, enumOf, integer, number, propertyString, string } from '../../schema/props.js';
import type { PropertyFormat } from '../../schema/types.js';

export const agentFormat = {
  enabled: {
    type: 'boolean',
    default_key: true,
    default: 0,
    description: 'Whether an agent is expected to run in the guest.',
  },
  'freeze-fs': {
    type: 'boolean',
    optional: true,
    default: 1,
    description: "Freeze the guest's file systems through the agent while a backup begins.",
  },
  fstrim_cloned_disks: {
    type: 'boolean',
    optional: true,
    default: 0,
    description: "Trim the guest's file systems after a disk was moved or the guest migrated.",
  },
  type: {
    type: 'string',
    enum: ['virtio', 'isa'],
    optional: true,
    default: 'virtio',
    description: 'Device the agent is reached through.',
  },
  'freeze-fs-on-backup': { alias: 'freeze-fs' },
  'guest-fsfreeze': { alias: 'freeze-fs' },
} satisfies PropertyFormat;

export const watchdogFormat = {
  action: {
    type: 'string',
    enum: ['reset', 'shutdown', 'poweroff', 'pause', 'debug', 'none'],
    optional: true,
    description: 'What happens when the guest stops feeding it.',
  },
  model: {
    type: 'string',
    enum: ['i6300esb', 'ib700'],
    optional: true,
    default_key: true,
    default: 'i6300esb',
    description: 'Model of the card.',
  },
} satisfies PropertyFormat;

export const generalOptions = {
  name: string({ format: 'dns-name', description: 'Name of the guest.' }),
  description: string({
    maxLength: 8192,
    description: 'Notes on the guest, kept as comments in its config file.',
  }),
  tags: string({ format: 'pve-tag-list', description: 'Tags of the guest.' }),
  onboot: boolean({ default: 0, description: 'Start the guest when the host has booted.' }),
  autostart: boolean({
    default: 0,
    description: 'Start again after a crash (stored, and without effect in the original as well).',
  }),
  startup: string({
    format: 'pve-startup-order',
    typetext: '[[order=]\\d+] [,up=\\d+] [,down=\\d+]',
    description:
      'When the guest is started and stopped among the others: a place in the order and pauses in seconds.',
  }),
  protection: boolean({ default: 0, description: 'Refuse to remove the guest or its disks.' }),
  template: boolean({ default: 0, description: 'The guest is a template.' }),
  lock: enumOf(
    [
      'backup',
      'clone',
      'create',
      'migrate',
      'rollback',
      'snapshot',
      'snapshot-delete',
      'suspending',
      'suspended',
    ],
    { description: 'What is being done with the guest right now.' },
  ),
  hookscript: string({
    format: 'pve-volume-id',
    description: 'Executable snippet called before and after start and stop.',
  }),
  ostype: enumOf(
    [
      'other',
      'wxp',
      'w2k',
      'w2k3',
      'w2k8',
      'wvista',
      'win7',
      'win8',
      'win10',
      'win11',
      'l24',
      'l26',
      'solaris',
    ],
    { default: 'other', description: 'Operating system of the guest; sets what suits it.' },
  ),
  agent: propertyString(agentFormat, {
    description: 'Talk to the QEMU guest agent inside the guest.',
  }),
  args: string({ description: 'Further arguments for QEMU, as they stand; for experts.' }),
  hotplug: string({
    format: 'pve-hotplug-features',
    default: 'network,disk,usb',
    description:
      'What may be changed while the guest runs: network, disk, cpu, memory, usb, cloudinit; 1 for the usual ones, 0 for nothing.',
  }),
  reboot: boolean({ default: 1, description: 'Allow the guest to reboot; 0 ends it instead.' }),
  freeze: boolean({ description: 'Do not run the CPUs after start, until qm resume.' }),
  tdf: boolean({ default: 0, description: "Correct the guest's clock for lost ticks." }),
  localtime: boolean({
    description: "The guest's clock runs on local time; on for Windows where not given.",
  }),
  startdate: string({
    default: 'now',
    pattern: '(now|\\d{4}-\\d{1,2}-\\d{1,2}(T\\d{1,2}:\\d{1,2}:\\d{1,2})?)',
    typetext: '(now | YYYY-MM-DD | YYYY-MM-DDTHH:MM:SS)',
    description: "What the guest's clock shows at the start.",
  }),
  acpi: boolean({
    default: 1,
    description: 'Give the guest ACPI; without it a shutdown request cannot reach the guest.',
  }),
  kvm: boolean({ default: 1, description: 'Run on the processor itself; 0 emulates it.' }),
  keyboard: enumOf(
    [
      'de',
      'de-ch',
      'da',
      'en-gb',
      'en-us',
      'es',
      'fi',
      'fr',
      'fr-be',
      'fr-ca',
      'fr-ch',
      'hu',
      'is',
      'it',
      'ja',
      'lt',
      'mk',
      'nl',
      'no',
      'pl',
      'pt',
      'pt-br',
      'sv',
      'sl',
      'tr',
    ],
    {
      description:
        "Keyboard layout of the VNC server; the guest's own settings are usually enough.",
    },
  ),
  tablet: boolean({
    default: 1,
    description: 'Give the guest a tablet, so that the pointer follows over VNC.',
  }),
  vmstatestorage: string({
    format: 'pve-storage-id',
    format_description: 'storage-id',
    description: 'Storage for the memory of suspended guests and snapshots.',
  }),
  migrate_downtime: number({
    default: 0.1,
    minimum: 0,
    description: 'Longest pause in seconds that a live migration may cause.',
  }),
  migrate_speed: integer({
    default: 0,
    minimum: 0,
    description: 'Bandwidth limit of a migration in MB/s; 0 is no limit.',
  }),
  watchdog: propertyString(watchdogFormat, { description: 'Watchdog card.' }),
};
