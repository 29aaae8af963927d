/**
 * The QEMU command line of a VM: a pure function of its config, volumes and host. On the original's
 * QEMU it is the original's, argument by argument (source: config_to_command); on stock QEMU it
 * says the same with what that has.
 */
import { PaveError } from '../../errors.js';
import { splitWords } from '../../schema/words.js';
import { registerQemuFormats } from '../options/formats.js';
import { checkHotplug } from '../options/hotplug.js';
import { affinityArguments } from './affinity.js';
import { addBalloon, addGenerationId, addRng, addSharedMemory, addWatchdog } from './cards.js';
import { bridges, q35Chipset } from './chipset.js';
import { clockArguments } from './clock.js';
import { addConfidential, checkConfidential } from './confidential.js';
import { cpuArguments, smpArguments } from './cpu.js';
import { addDisplay, addSpice, addTablet, vgaOf } from './display.js';
import { Draft, escapeComma } from './draft.js';
import { addDrives } from './drives.js';
import { addTpm, firmwareArguments } from './firmware.js';
import { addHostPci, type PassedThrough } from './hostpci.js';
import {
  addSmmFlag,
  createdVersionArguments,
  iommuDevices,
  powerStateArguments,
  typeFlag,
} from './machine.js';
import { creationQemu } from './machine-type.js';
import { memoryArguments } from './memory.js';
import { addNetwork } from './network.js';
import { addAgent, addAudio, addParallelPorts, addSerialPorts } from './ports.js';
import { smbiosArguments } from './smbios.js';
import type { BuiltCommand, CommandInput } from './types.js';
import { addUsbControllers, addUsbDevices } from './usb.js';
import { compareVersions, parseVersion } from './version.js';
import { addVirtiofs, virtiofsKeys } from './virtiofs.js';
import { warnWithoutEffect } from './without-effect.js';

export { showCommand } from './show.js';
export type { BuiltCommand, CommandInput } from './types.js';
export { type Refused, refuseUnsupported, unsupported } from './unsupported.js';

/** @throws PaveError naming what cannot be */
export function buildCommand(input: CommandInput): BuiltCommand {
  registerQemuFormats();
  const draft = new Draft(input);
  const { command, devices, machineFlags } = draft;
  const hotplug = checkHotplug(draft.value('hotplug') ?? '1');
  const { values } = draft;

  checkConfidential(draft);
  addIdentity(draft);
  command.push(...smbiosArguments(draft), ...firmwareArguments(draft));
  command.push(...createdVersionArguments(draft, isOlderThan61(values.get('meta'))));
  addGenerationId(draft);
  addUsbControllers(draft);
  const vga = vgaOf(draft);
  warnWithoutEffect(draft, vga);
  addTablet(draft, vga);
  let gpu: PassedThrough = { hideKvm: false, passthrough: false, legacyIgd: false };
  draft.attempt(
    () => {
      gpu = addHostPci(draft, vga);
    },
    () => addUsbDevices(draft),
    () => addSerialPorts(draft),
    () => addParallelPorts(draft),
    () => addAudio(draft),
    () => addTpm(draft),
    () => command.push(...smpArguments(draft, hotplug.has('cpu'))),
  );
  command.push('-nodefaults');
  addBoot(draft);
  const virtiofs = virtiofsKeys(draft).length > 0;
  draft.attempt(
    () => addDisplay(draft, vga),
    () => command.push(...clockArguments(draft), ...cpuArguments(draft, gpu)),
    () => command.push(...memoryArguments(draft, { hotplug: hotplug.has('memory'), virtiofs })),
  );
  if (draft.flag('freeze')) command.push('-S');
  if (values.has('keyboard')) command.push('-k', values.get('keyboard')!);

  draft.attempt(
    () => addAgent(draft),
    () => addRng(draft),
    () => addSpice(draft, vga),
    () => addBalloon(draft),
    () => addWatchdog(draft),
  );
  const initiator = draft.facts.iscsiInitiator;
  if (initiator !== undefined) devices.push('-iscsi', `initiator-name=${initiator}`);
  draft.attempt(
    () => addDrives(draft),
    () => addNetwork(draft),
    () => addSharedMemory(draft),
  );

  const board = [...(draft.q35 ? q35Chipset(draft) : []), ...bridges(draft, gpu.legacyIgd)];
  addAccelerator(draft);
  command.push(...powerStateArguments(draft));
  addSmmFlag(draft, vga);
  machineFlags.push(typeFlag(draft));
  const iommu = iommuDevices(draft);
  devices.push(...iommu.last);
  addConfidential(draft);
  if (draft.flag('allow-ksm') === false) machineFlags.push('mem-merge=off');
  draft.attempt(() => addVirtiofs(draft));
  draft.throwFailures();
  return finish(draft, [...iommu.first, ...board]);
}

/** Name, QMP, pid file. */
function addIdentity(draft: Draft): void {
  const { command } = draft;
  command.push(...affinityArguments(draft));
  command.push(draft.qemu.binary);
  if (!draft.stock) command.push('-id', String(draft.vmid));
  const name = draft.value('name') ?? `vm${draft.vmid}`;
  // Threads have names of their own since 11.0.
  command.push('-name', draft.qemuAtLeast(11, 0) ? name : `${name},debug-threads=on`);
  // Stock QEMU simply ends with the guest; nobody waits for its event.
  if (!draft.stock) command.push('-no-shutdown');
  const qmp = escapeComma(draft.runFile('qmp'));
  command.push('-chardev', `socket,id=qmp,path=${qmp},server=on,wait=off`);
  command.push('-mon', 'chardev=qmp,mode=control');
  if (!draft.stock && draft.machineAtLeast(2, 12)) {
    const retry = draft.qemuAtLeast(9, 2) ? 'reconnect-ms=5000' : 'reconnect=5';
    command.push('-chardev', `socket,id=qmp-event,path=/var/run/qmeventd.sock,${retry}`);
    command.push('-mon', 'chardev=qmp-event,mode=control');
  }
  command.push('-pidfile', draft.runFile('pid'), '-daemonize');
}

function isOlderThan61(meta: string | undefined): boolean {
  const created = creationQemu(meta);
  return created === undefined || compareVersions(parseVersion(created), [6, 1]) < 0;
}

function addBoot(draft: Draft): void {
  const splash = draft.stock ? '' : ',splash=/usr/share/qemu-server/bootsplash.jpg';
  draft.command.push('-boot', `menu=on,strict=on,reboot-timeout=1000${splash}`);
  if (draft.flag('acpi') === false) draft.machineFlags.push('acpi=off');
  if (draft.flag('reboot') === false) draft.command.push('-no-reboot');
}

/** The original's binary takes KVM unless told otherwise, stock QEMU emulation. */
function addAccelerator(draft: Draft): void {
  if (draft.stock) draft.command.push('-accel', draft.kvm ? 'kvm' : 'tcg');
  else if (!draft.kvm) draft.machineFlags.push('accel=tcg');
}

function finish(draft: Draft, board: readonly string[]): BuiltCommand {
  const { command, devices, rtcFlags, machineFlags } = draft;
  const argv = [...command, ...board, ...devices];
  if (rtcFlags.length > 0) argv.push('-rtc', rtcFlags.join(','));
  argv.push('-machine', machineFlags.join(','));
  const { options } = draft.input;
  const state = draft.value('vmstate');
  if (state !== undefined && !draft.stock)
    argv.push('-loadstate', draft.input.volumes.get(state)?.path ?? state);
  if (options?.incoming !== undefined) argv.push('-incoming', options.incoming);
  if (options?.paused && !argv.includes('-S')) argv.push('-S');
  if (draft.template && !draft.stock) argv.push('-snapshot');
  const extra = draft.value('args');
  if (extra !== undefined) {
    const words = splitWords(extra);
    // The original then starts without any of them.
    if (draft.stock && words.length === 0 && extra.trim() !== '')
      throw new PaveError('args: a quotation mark is not closed');
    argv.push(...words);
  }
  const { warnings, temporaryVars, hugepages } = draft;
  return { argv, warnings, temporaryVars, hugepages };
}
