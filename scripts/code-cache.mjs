// code-cache.mjs [DIST]: keeps what V8 makes of the tools' groups (lib/groups.mjs), for the node that runs this,
// so that a command starts without compiling. Called by the build, and after an install, where node
// may be another one. What is there for this version already is left alone.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { WRAPPER } from './lib/groups.mjs';

const self = fileURLToPath(import.meta.url);
const dist = resolve(process.argv[2] ?? join(dirname(dirname(self)), 'dist'));
const names = existsSync(dist) ? readdirSync(dist) : [];
const groups = names
  .filter((name) => /^\w+\.[0-9a-f]{12}\.js$/.test(name))
  .map((name) => ({
    name: name.split('.')[0],
    file: join(dist, name),
    cache: join(dist, name.replace(/\.js$/, `.${process.version}-${process.arch}.cache`)),
  }));

/** What reading commands run is compiled as well, not only looked through. */
const COMMANDS = [
  ['qm', 'list'],
  ['qm', 'config', '100'],
  ['qm', 'status', '100'],
  ['pvesm', 'path', 'local:iso/a.iso'],
  ['pvesm', 'status'],
  ['qm', 'list', '--output-format', 'json'],
  ['qm', 'showcmd', '100'],
  ['qm', 'set', '100', '--cores', '2', '--dry-run'],
];

if (process.env.PAVE_WARM_UP !== undefined) await warmUp();
else if (groups.some(({ cache }) => !existsSync(cache))) inSandbox();

/** In a process of its own, on a made-up node: commands print, and end with a status. */
function inSandbox() {
  const root = mkdtempSync(join(tmpdir(), 'pave-build-'));
  try {
    const conf = join(root, 'etc/pve/nodes/n/qemu-server');
    mkdirSync(conf, { recursive: true });
    writeFileSync(join(conf, '100.conf'), 'boot: order=scsi0\nname: a\nscsi0: local:100/a.raw\n');
    mkdirSync(join(root, 'var/lib/vz/template/iso'), { recursive: true });
    writeFileSync(join(root, 'var/lib/vz/template/iso/a.iso'), '');
    spawnSync(process.execPath, [self, dist], {
      env: { PATH: process.env.PATH, PAVE_ROOT: root, PAVE_NODE: 'n', PAVE_WARM_UP: '1' },
      stdio: 'ignore',
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function warmUp() {
  const require = createRequire(join(dist, 'core.cjs'));
  const scripts = groups.map(({ name, file, cache }) => {
    const source = WRAPPER[0] + readFileSync(file, 'latin1') + WRAPPER[1];
    const script = new Script(source, { filename: file });
    const module = { exports: {} };
    const id = join(dist, `${name}.cjs`);
    script.runInThisContext()(module.exports, require, module, id, dist);
    require.cache[id] = { id, filename: id, loaded: true, exports: module.exports };
    return { script, cache };
  });
  for (const [tool, ...words] of COMMANDS) {
    const entry = require.resolve(`./${tool}.cjs`);
    delete require.cache[entry];
    process.argv = [process.execPath, entry, ...words];
    require(entry);
    await new Promise((done) => setTimeout(done, 150));
  }
  for (const { script, cache } of scripts) {
    writeFileSync(`${cache}.new`, script.createCachedData());
    renameSync(`${cache}.new`, cache);
  }
}
