// npm's `prepare`: builds dist/ before the package is packed or linked (`npm pack`,
// `npm install -g .`). A fresh clone gets its own packages first: npm does not install them when it
// links a folder.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (!existsSync(join(root, 'node_modules/esbuild'))) {
  // Settings of the npm that calls us (global, prefix, …) are not meant for this one.
  const settings = /^npm_config_(global|prefix|global_prefix|local_prefix|location|dry_run)$/i;
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !settings.test(name)),
  );
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts'], env);
}
run(process.execPath, [join(root, 'scripts/build.mjs')], process.env);

function run(program, args, env) {
  const { status, error } = spawnSync(program, args, { cwd: root, env, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
