/** Debian's kernel and its modules for the lab's virtual machine, unpacked once into the cache. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { labPackages } from './uml.js';

const CACHE = join(process.env.PAVE_CACHE ?? '/var/cache/pave', 'lab-kernel');
const INIT = resolve(import.meta.dirname, 'vm-init.sh');
/** What there must be before the root is; all else is loaded by who needs it. */
const EARLY = ['virtio_pci', 'virtiofs', 'overlay', 'virtio_console', 'virtio_blk', 'ext4'];
/** Never needed without a screen and people before it: more than half of the package. */
const LEFT_OUT = ['gpu', 'media', 'iio', 'infiniband', 'net/wireless', 'net/ethernet/mellanox'];

export interface LabKernel {
  release: string;
  image: string;
  /** The folder that belongs at /lib/modules/<release>. */
  modules: string;
}

/** Throws where the package is neither in the cache nor to be had. */
export function labKernel(): LabKernel {
  mkdirSync(CACHE, { recursive: true });
  const kept = readdirSync(CACHE).find((name) => /^\d/.test(name));
  const release = kept ?? unpack();
  const root = join(CACHE, release);
  return {
    release,
    image: join(root, `boot/vmlinuz-${release}`),
    modules: join(root, `lib/modules/${release}`),
  };
}

function unpack(): string {
  const depends = execFileSync('apt-cache', ['depends', 'linux-image-amd64'], { encoding: 'utf8' });
  const name = /Depends: (linux-image-\d\S+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error('apt knows no linux-image-amd64: run apt-get update');
  const [deb] = labPackages(name);
  // Complete or not there at all: two test files may come here at once.
  const part = mkdtempSync(join(CACHE, 'part-'));
  try {
    const left = LEFT_OUT.map((folder) => `--exclude=*/kernel/drivers/${folder}`);
    const tar = ['tar', '-x', '-C', part, ...left, './boot', './lib'].join(' ');
    execFileSync('sh', ['-c', `dpkg-deb --fsys-tarfile "$1" | ${tar}`, 'sh', deb!]);
    const release = readdirSync(join(part, 'lib/modules'))[0]!;
    execFileSync('depmod', ['-b', part, release]);
    try {
      renameSync(part, join(CACHE, release));
    } catch (error) {
      // Another test file was first.
      if (!existsSync(join(CACHE, release))) throw error;
    }
    return release;
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

/** Writes the initramfs: busybox, the modules that come before the root, vm-init.sh. */
export function writeInitrd(kernel: LabKernel, folder: string, target: string): void {
  const root = join(folder, 'initrd');
  mkdirSync(join(root, 'bin'), { recursive: true });
  mkdirSync(join(root, 'modules'));
  const base = resolve(kernel.modules, '../../..');
  const needed = EARLY.flatMap((name) =>
    execFileSync('modprobe', ['-d', base, '-S', kernel.release, '--show-depends', name], {
      encoding: 'utf8',
    }).matchAll(/^insmod (\S+)/gm),
  );
  const files = [...new Set(needed.flatMap((found) => [...found].map((line) => line[1]!)))];
  execFileSync('cp', [...files, join(root, 'modules')]);
  writeFileSync(join(root, 'order'), files.map((file) => `${basename(file)}\n`).join(''));
  execFileSync('cp', ['/bin/busybox', join(root, 'bin')]);
  execFileSync('cp', [INIT, join(root, 'init')]);
  execFileSync('sh', [
    '-c',
    `cd ${root} && chmod +x init && find . | busybox cpio -o -H newc 2>/dev/null >${target}`,
  ]);
}
