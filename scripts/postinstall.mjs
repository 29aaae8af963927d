// After `npm install -g`: puts the completions where the shells look for them, beside npm's own
// bin and man folders, and compiles for the node that is here. Does nothing in a checkout, and never
// fails an install.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const prefix = process.env.npm_config_global === 'true' ? process.env.npm_config_prefix : undefined;
const HOMES = {
  bash: 'share/bash-completion/completions',
  zsh: 'share/zsh/site-functions',
  fish: 'share/fish/vendor_completions.d',
};

if (prefix !== undefined) {
  for (const [shell, home] of Object.entries(HOMES)) {
    const from = join(root, 'completions', shell);
    if (!existsSync(from)) continue;
    try {
      mkdirSync(join(prefix, home), { recursive: true });
      for (const name of readdirSync(from)) {
        const link = join(prefix, home, name);
        const present = lstatSync(link, { throwIfNoEntry: false });
        // Another package's completion of that name is left alone.
        if (present !== undefined && !present.isSymbolicLink()) continue;
        rmSync(link, { force: true });
        symlinkSync(join(from, name), link);
      }
    } catch (error) {
      console.warn(`pave: no completions for ${shell}: ${error.message}`);
    }
  }
  spawnSync(process.execPath, [join(root, 'scripts/code-cache.mjs')], { stdio: 'ignore' });
}
