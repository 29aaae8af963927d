/** Debian 13's QEMU beside this machine's own. */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Below /usr, where programs are looked for whatever root a test's node has. */
const CACHE = '/usr/local/lib/pave-tests/qemu10';
const script = resolve(import.meta.dirname, '../../scripts/test-qemu10.sh');

/** A folder with its `qemu-system-x86_64`, or the reason why it cannot be had here. */
export function qemu10(): { path: string; skip?: undefined } | { path?: undefined; skip: string } {
  try {
    execFileSync(script, [CACHE], { stdio: 'pipe', timeout: 300_000 });
    return { path: `${CACHE}/bin` };
  } catch (error) {
    const said = String((error as { stderr?: Buffer }).stderr ?? error).trim();
    return { skip: `Debian 13's QEMU cannot be fetched: ${said.split('\n').at(-1)}` };
  }
}
