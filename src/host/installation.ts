/** Where this installation's own tools are, for children that call them later (cleanup, hooks). */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Absolute path of one of our launchers, e.g. `qm`. `PAVE_BIN` names the folder of the launchers
 * where it is not beside the running program.
 */
export function toolPath(tool: string): string {
  const folder = process.env.PAVE_BIN ?? launcherFolder();
  return join(folder, tool);
}

function launcherFolder(): string {
  const script = process.argv[1];
  if (script !== undefined) {
    // bin/qm, or dist/qm.cjs when started without its launcher.
    const folder = join(dirname(dirname(realpathSync(script))), 'bin');
    if (existsSync(join(folder, 'qm'))) return folder;
  }
  return '/usr/local/bin';
}
