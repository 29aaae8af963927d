/** Serial and parallel ports, guest agent, sound. */
import { PaveError } from '../../errors.js';
import { audio0Format } from '../options/devices.js';
import { agentFormat } from '../options/general.js';
import { type Draft, escapeComma } from './draft.js';

const MAX_SERIAL = 4;
const MAX_PARALLEL = 3;

function checkDevice(draft: Draft, key: string, path: string, kind: string): void {
  if (draft.facts.characterDevices?.has(path) === false)
    throw new PaveError(
      draft.stock ? `${key}: no such ${kind} device: ${path}` : `no such ${kind} device`,
    );
}

/** @throws PaveError for a device of the host that is not there */
export function addSerialPorts(draft: Draft): void {
  for (let n = 0; n < MAX_SERIAL; n++) {
    const path = draft.value(`serial${n}`);
    if (path === undefined || path === '') continue;
    if (path !== 'socket') {
      checkDevice(draft, `serial${n}`, path, 'serial');
      draft.devices.push('-chardev', `serial,id=serial${n},path=${path}`);
      draft.device(`isa-serial,chardev=serial${n}`);
      continue;
    }
    const socket = escapeComma(draft.runFile(`serial${n}`));
    draft.devices.push('-chardev', `socket,id=serial${n},path=${socket},server=on,wait=off`);
    // The first port of an ARM board is soldered in.
    if (draft.arch === 'aarch64' && n === 0) draft.devices.push('-serial', `chardev:serial${n}`);
    else draft.device(`isa-serial,chardev=serial${n}`);
  }
}

/** @throws PaveError for a device of the host that is not there */
export function addParallelPorts(draft: Draft): void {
  for (let n = 0; n < MAX_PARALLEL; n++) {
    const path = draft.value(`parallel${n}`);
    if (path === undefined || path === '') continue;
    checkDevice(draft, `parallel${n}`, path, 'parallel');
    const type = path.startsWith('/dev/usb/lp') ? 'serial' : 'parallel';
    draft.devices.push('-chardev', `${type},id=parallel${n},path=${path}`);
    draft.device(`isa-parallel,chardev=parallel${n}`);
  }
}

/** A channel to the program inside the guest. */
export function addAgent(draft: Draft): void {
  const agent = draft.properties<Record<string, string | number>>('agent', agentFormat);
  if (agent === undefined || String(agent.enabled ?? 0) !== '1') return;
  const socket = escapeComma(draft.runFile('qga'));
  draft.devices.push('-chardev', `socket,path=${socket},server=on,wait=off,id=qga0`);
  if (agent.type === 'isa') {
    draft.device('isa-serial,chardev=qga0');
    return;
  }
  draft.device(`virtio-serial,id=qga0${draft.pciAddress('qga0')}`);
  draft.device('virtserialport,chardev=qga0,name=org.qemu.guest_agent.0');
}

/** @throws PaveError */
export function addAudio(draft: Draft): void {
  const audio = draft.properties<Record<string, string>>('audio0', audio0Format);
  if (audio === undefined || !draft.machineAtLeast(4, 0)) return;
  const address = draft.pciAddress('audio0');
  const backend = audio.driver ?? 'spice';
  const id = `${backend}-backend0`;
  const audiodev = draft.machineAtLeast(4, 2) ? `,audiodev=${id}` : '';
  if (audio.device === 'AC97') {
    draft.device(`AC97,id=audiodev0${address}${audiodev}`);
  } else {
    draft.device(`${audio.device},id=audiodev0${address}`);
    draft.device(`hda-micro,id=audiodev0-codec0,bus=audiodev0.0,cad=0${audiodev}`);
    draft.device(`hda-duplex,id=audiodev0-codec1,bus=audiodev0.0,cad=1${audiodev}`);
  }
  draft.devices.push('-audiodev', `${backend},id=${id}`);
}
