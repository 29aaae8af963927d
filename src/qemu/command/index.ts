/**
 * The QEMU command line of a VM: a pure function of its config, volumes and host. Source of the
 * order and of most arguments: config_to_command of the original; what stock QEMU does not know is
 * written with what it has.
 */
import { PaveError } from '../../errors.js';
import { splitWords } from '../../schema/words.js';
import { bootIndexes } from '../boot.js';
import { Build } from './build.js';
import { addCpu, addSmp } from './cpu.js';
import { addAgent, addDisplay, addPorts, addSmallCards, addTablet } from './display.js';
import { addDrives } from './drives.js';
import {
  addClock,
  addPowerStates,
  addSmbios,
  bridgeDevices,
  checkMachineVersion,
  machineOf,
} from './machine.js';
import { addMemory } from './memory.js';
import { addNetwork } from './network.js';
import type { BuiltCommand, CommandInput } from './types.js';

export type { BuiltCommand, CommandInput } from './types.js';
export { type Refused, unsupported } from './unsupported.js';

/** @throws PaveError naming what cannot be */
export function buildCommand(input: CommandInput): BuiltCommand {
  const qemu = input.platform.qemu.x86_64;
  if (qemu === undefined) {
    throw new PaveError('QEMU is not installed', { hint: 'apt install qemu-system-x86' });
  }
  const wantsKvm = input.values.get('kvm') !== '0';
  const kvm = wantsKvm && input.platform.kvm === 'usable';
  const build = new Build(input, qemu, machineOf(input), kvm);
  checkMachineVersion(build);
  if (wantsKvm && !kvm) {
    build.warnings.push(
      `KVM cannot be used here (${input.platform.kvmReason ?? 'no /dev/kvm'}): the guest is emulated`,
    );
  }
  addBasics(build);
  addDeviceFamilies(build);
  const { general, devices, machineFlags, rtc } = build;
  const argv = [
    qemu.binary,
    ...general,
    ...bridgeDevices(build, build.get('scsihw') ?? 'lsi'),
    ...devices,
  ];
  if (rtc.length > 0) argv.push('-rtc', rtc.join(','));
  argv.push('-machine', [...machineFlags, `type=${build.machine.type}`].join(','));
  const { options } = input;
  if (options?.incoming !== undefined) argv.push('-incoming', options.incoming);
  if (options?.paused) argv.push('-S');
  const extra = build.get('args');
  if (extra !== undefined) argv.push(...splitWords(extra));
  return { argv, warnings: build.warnings };
}

function addBasics(build: Build): void {
  const { vmid } = build.input;
  build.option('-name', `${build.get('name') ?? `vm${vmid}`},debug-threads=on`);
  build.option(
    '-chardev',
    `socket,id=qmp,path=${build.runFile('qmp')},server=on,wait=off`,
    '-mon',
    'chardev=qmp,mode=control',
  );
  build.option('-pidfile', build.runFile('pid'), '-daemonize');
  addSmbios(build);
  addSmp(build);
  build.option('-nodefaults', '-no-user-config', '-boot', 'menu=on,strict=on,reboot-timeout=1000');
  if (build.get('acpi') === '0') build.machineFlags.push('acpi=off');
  if (build.get('reboot') === '0') build.option('-no-reboot');
  addDisplay(build);
  addClock(build);
  addCpu(build);
  addMemory(build);
  if (build.on('freeze')) build.option('-S');
  const keyboard = build.get('keyboard');
  if (keyboard !== undefined) build.option('-k', keyboard);
  addPowerStates(build);
  build.machineFlags.push(`accel=${build.kvm ? 'kvm' : 'tcg'}`);
}

function addDeviceFamilies(build: Build): void {
  const boot = bootIndexes(build.values);
  const vmgenid = build.get('vmgenid');
  if (vmgenid !== undefined && vmgenid !== '0') build.device(`vmgenid,guid=${vmgenid}`);
  addTablet(build);
  addPorts(build);
  addAgent(build);
  addSmallCards(build);
  const initiator = build.input.facts?.iscsiInitiator;
  if (initiator !== undefined) build.devices.push('-iscsi', `initiator-name=${initiator}`);
  addDrives(build, boot);
  addNetwork(build, boot);
}
