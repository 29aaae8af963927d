// code-cache.mjs [DIST]: keeps what V8 makes of the tools' groups (lib/groups.mjs), for the node that runs this,
// so that a command starts without compiling. Called by the build, and after an install, where node
// may be another one. What is there for this version already is left alone.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

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

/** A config as most are: what it takes to show it is compiled. Without KVM, which is tried for seconds. */
const USUAL = `agent: 1
boot: order=scsi0;ide2;net0
cores: 2
cpu: x86-64-v2-AES
ide2: none,media=cdrom
kvm: 0
memory: 2048
meta: creation-qemu=9.2.0,ctime=1700000000
name: a
net0: virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1
numa: 0
onboot: 1
ostype: l26
scsi0: local:100/vm-100-disk-0.qcow2,discard=on,iothread=1,size=32G
scsihw: virtio-scsi-single
smbios1: uuid=3f4a4bd4-6e0f-4a2f-9bbd-8e8d3c1b2a10
sockets: 1
vga: std
vmgenid: 0b8a7a4c-2f0a-4d0c-9a3e-5d6f7a8b9c0d
`;

if (process.env.PAVE_WARM_UP !== undefined) await warmUp();
else if (groups.some(({ cache }) => !existsSync(cache))) inSandbox();

/** In a process of its own, on a made-up node: commands print, and end with a status. */
function inSandbox() {
  const root = mkdtempSync(join(tmpdir(), 'pave-build-'));
  try {
    const conf = join(root, 'etc/pve/nodes/n/qemu-server');
    mkdirSync(conf, { recursive: true });
    writeFileSync(join(conf, '100.conf'), USUAL);
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
  const require = createRequire(join(dist, 'groups.cjs'));
  const group = require('./groups.cjs');
  process.exit = () => {};
  for (const [tool, ...words] of COMMANDS) {
    process.argv = [process.execPath, tool, ...words];
    await group('core', tool).run();
  }
  for (const { name, cache } of groups) {
    if (group.groups[name] === undefined) continue;
    // V8 takes the content on trust: after a power cut it is there whole or not at all.
    const fd = openSync(`${cache}.new`, 'w');
    writeSync(fd, group.groups[name].script.createCachedData());
    fsyncSync(fd);
    closeSync(fd);
    renameSync(`${cache}.new`, cache);
  }
}
