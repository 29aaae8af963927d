/** What a quickstart made, so that it can be taken away again: /var/lib/pave/quickstart.json. */
import type { Host } from '../host/types.js';

export interface QuickstartState {
  vmid?: number;
  /** Bridge that was not there before. */
  bridge?: string;
  /** Bootable disk image it built. */
  image?: string;
}

const PATH = '/var/lib/pave/quickstart.json';

export function readState(host: Host): QuickstartState {
  const text = host.files.read(PATH);
  return text === undefined ? {} : (JSON.parse(text) as QuickstartState);
}

/** Written before each thing is made: a quickstart that was killed can still be cleaned up. */
export function writeState(host: Host, state: QuickstartState): void {
  if (Object.keys(state).length === 0) host.files.unlink(PATH);
  else {
    host.files.mkdir('/var/lib/pave');
    host.files.write(PATH, `${JSON.stringify(state)}\n`);
  }
}
