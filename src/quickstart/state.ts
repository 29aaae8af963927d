/** What a quickstart made, so that it can be taken away again: /var/lib/pave/quickstart.json. */
import type { Host } from '../host/types.js';

export interface QuickstartState {
  vmid?: number;
  /** Its SMBIOS id: whoever has another one by now is somebody else's. */
  uuid?: string;
  /** Bridge that was not there before. */
  bridge?: string;
  /** Bootable disk image it built. */
  image?: string;
  /** Neither /etc/pve nor /var/lib/vz was there before. */
  etcPve?: boolean;
  varLibVz?: boolean;
}

const PATH = '/var/lib/pave/quickstart.json';

export function readState(host: Host): QuickstartState {
  const text = host.files.read(PATH);
  return text === undefined ? {} : (JSON.parse(text) as QuickstartState);
}

/** Written before each thing is made: a quickstart that was killed can still be cleaned up. */
export function writeState(host: Host, state: QuickstartState): void {
  if (Object.keys(state).length === 0) {
    host.files.unlink(PATH);
    if (host.files.list('/var/lib/pave')?.length === 0) host.files.rmdir('/var/lib/pave');
  } else {
    host.files.mkdir('/var/lib/pave');
    host.files.write(PATH, `${JSON.stringify(state)}\n`);
  }
}
