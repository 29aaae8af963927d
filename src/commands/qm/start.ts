import { PaveError } from '../../errors.js';
import { requireGuest } from '../../guest/find.js';
import { machineFormat } from '../../qemu/options/machine.js';
import { startVm } from '../../qemu/runtime/start.js';
import {
  boolean,
  enumOf,
  formatted,
  integer,
  list,
  matching,
  node,
  propertyString,
  skiplock,
  string,
  vmid,
} from '../../schema/props.js';
import { runTask } from '../../task/index.js';
import { defineCommand } from '../define.js';

/** For migrations, which the other node's tools start. */
const MIGRATION = [
  'migratedfrom',
  'migration_network',
  'migration_type',
  'nets-host-mtu',
  'stateuri',
  'targetstorage',
  'with-conntrack-state',
] as const;

export default defineCommand({
  summary: 'Start a virtual machine.',
  args: { vmid: vmid({ completes: 'vm-stopped' }) },
  options: {
    'force-cpu': string({
      description: "QEMU's -cpu argument instead of the one the configuration makes.",
    }),
    machine: propertyString(machineFormat, {
      description: 'Machine type instead of the configured one.',
    }),
    migratedfrom: node({ description: 'Node the machine is migrated from; for migrations only.' }),
    migration_network: formatted('CIDR', {
      description: 'Network of a migration; for migrations only.',
    }),
    migration_type: enumOf(['secure', 'insecure'], {
      description: 'Kind of a migration; for migrations only.',
    }),
    'nets-host-mtu': matching('net\\d+=\\d+(,net\\d+=\\d+)*', {
      description: 'MTUs of the network cards; for migrations only.',
    }),
    skiplock: skiplock(),
    stateuri: string({
      maxLength: 128,
      description: 'Where the state comes from; for migrations only.',
    }),
    targetstorage: list('storage-pair', {
      description: 'Mapping of storages; for migrations only.',
    }),
    timeout: integer({
      minimum: 0,
      defaultText: 'max(30, memoryGiB) seconds',
      description: 'Seconds QEMU may take to be ready.',
    }),
    'with-conntrack-state': boolean({
      default: 0,
      description: 'Take connection tracking along; for migrations only.',
    }),
  },
  fixed: { node: 'localhost' },
  effect: 'change',
  examples: [
    {
      command: 'qm start 100',
      does: 'Starts the machine, or goes on where it was suspended to disk.',
    },
    {
      command: 'qm start 100 --dry-run',
      does: 'Shows the QEMU command line and everything before it.',
    },
  ],
  check: (input): Record<string, string> =>
    Object.fromEntries(
      MIGRATION.filter((key) => input[key] !== undefined && input[key] !== false).map((key) => [
        key,
        'migration is not supported yet',
      ]),
    ),
  async run(ctx, { vmid, skiplock, machine, timeout, 'force-cpu': forceCpu }) {
    const guest = requireGuest(ctx.store, 'qemu', vmid);
    if (guest.node !== ctx.store.node) throw new PaveError(`VM ${vmid} is on node '${guest.node}'`);
    await runTask(ctx, { type: 'qmstart', id: vmid }, (task) =>
      startVm(task.ctx, vmid, { skiplock, machine, timeout, forceCpu }),
    );
  },
});
