/**
 * A virtual machine in which the lab is a whole Debian machine: Debian's kernel, systemd as first process,
 * only the unified control group hierarchy, and, with an AMD processor that QEMU emulates, a KVM that runs
 * guests, an IOMMU, USB and PCI devices to give away. Its root is the host's own, read-only, below a layer
 * in memory: /var/lib/vz is a file system of its own, everything is forgotten with it. Boots in some 6 s;
 * programs run four to ten times slower than on the host.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LabResult } from './uml.js';
import { type LabKernel, labKernel, writeInitrd } from './vm-kernel.js';
import { setBits } from './vm-memory.js';

const AGENT = resolve(import.meta.dirname, 'vm-agent.sh');
/** In the first word of the kernel's kvm_cpu_caps. */
const CPUID_1_EDX_VME = 1 << 1;
/** Debian 12 has it with QEMU, Debian 13 as a package of its own. */
const VIRTIOFSD = '/usr/lib/qemu/virtiofsd';

export interface LabVmOptions {
  /** MiB; default 2048. */
  memory?: number;
  /** Default 2. */
  cpus?: number;
  /** Every device in an IOMMU group of its own kind, VFIO with it. */
  iommu?: boolean;
  /** Further arguments of its QEMU: devices to work with, `-drive` for `disk` files. */
  devices?: readonly string[];
  /** Further arguments of its kernel. */
  kernel?: readonly string[];
  /** Modules to load. */
  modules?: readonly string[];
  /**
   * Lets KVM offer `vme`, which QEMU's emulated processor lacks and nearly every CPU type asks for: 16-bit
   * programs of a 32-bit system would use it, nothing else. Needs kvm_amd among the modules.
   */
  vme?: boolean;
}

export interface LabVm {
  /** Runs a bash script as root; its output is stdout and stderr as they come. */
  run(script: string, options?: { seconds?: number }): Promise<LabResult>;
  /** The same; gives the output, throws with it where the status is not 0. */
  ok(script: string, options?: { seconds?: number }): Promise<string>;
  /** Ends the machine; nothing of it is left. */
  end(): Promise<void>;
}

/** Why there is no such machine here; undefined where there is one. */
export function labVmMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  if (process.arch !== 'x64') return 'needs an x86_64 machine';
  const file = ['/usr/bin/qemu-system-x86_64', VIRTIOFSD, '/bin/busybox', '/lib/systemd/systemd'];
  const missing = file.find((path) => !existsSync(path));
  if (missing !== undefined) return `${missing} is not there`;
  try {
    labKernel();
    return undefined;
  } catch (error) {
    return `no kernel for the lab: ${String((error as { stderr?: Buffer }).stderr ?? error).trim()}`;
  }
}

/** Boots one; throws with what its console said where it does not come up. */
export async function bootLab(options: LabVmOptions = {}): Promise<LabVm> {
  const kernel = labKernel();
  const folder = mkdtempSync(join(tmpdir(), 'pave-vm-'));
  const children: ChildProcess[] = [];
  let console = '';
  const start = (file: string, args: readonly string[]) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        console = (console + chunk.toString('utf8')).slice(-20_000);
      });
    children.push(child);
    return child;
  };
  const end = async () => {
    for (const child of children.reverse()) {
      const gone = new Promise((done) => child.once('close', done));
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await gone;
      }
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    writeInitrd(kernel, folder, join(folder, 'initrd.cpio'));
    execFileSync('mke2fs', ['-q', '-t', 'ext4', join(folder, 'vz.raw'), '4G'], { stdio: 'pipe' });
    start(VIRTIOFSD, [
      ...[`--socket-path=${folder}/root.sock`, '-o', 'source=/'],
      ...['-o', 'cache=always', '-o', 'sandbox=chroot', '-o', 'no_posix_lock'],
    ]);
    const port = new Port(join(folder, 'port.sock'));
    await waitForFile(join(folder, 'root.sock'));
    const qemu = start('qemu-system-x86_64', machine(options, kernel, folder));
    const died = new Promise<never>((_, fail) => {
      qemu.once('close', () => fail(new Error(`the lab's machine has ended:\n${console}`)));
    });
    died.catch(() => {});
    await Promise.race([port.take(/^LAB-READY\n/m, 600, () => console), died]);
    const run: LabVm['run'] = async (script, { seconds = 300 } = {}) => {
      port.send(script);
      const text = await Promise.race([
        port.take(/LAB-STATUS=\d+\n$/, seconds, () => console),
        died,
      ]);
      const [, output, status] = /^([\s\S]*)LAB-STATUS=(\d+)\n/.exec(text)!;
      return { status: Number(status), output: output! };
    };
    const ok: LabVm['ok'] = async (script, more) => {
      const { status, output } = await run(script, more);
      if (status !== 0) throw new Error(`exit ${status}:\n${script}\n${output}`);
      return output;
    };
    for (const module of options.modules ?? []) await ok(`modprobe ${module}`);
    if (options.vme) {
      const symbols = await ok('grep " kvm_cpu_caps\\b" /proc/kallsyms');
      await setBits(join(folder, 'gdb.sock'), symbols.split(' ')[0]!, CPUID_1_EDX_VME);
    }
    return { run, ok, end };
  } catch (error) {
    await end();
    throw error;
  }
}

function machine(options: LabVmOptions, kernel: LabKernel, folder: string): string[] {
  const memory = options.memory ?? 2048;
  const append = [
    ...['console=ttyS0', 'quiet', 'panic=-1', 'nokaslr', 'mitigations=off', 'tsc=reliable'],
    // How soon a timer fires, or a processor gets to run, is the host's affair: no reason to panic or warn.
    ...['no_timer_check', 'nowatchdog', 'rcupdate.rcu_cpu_stall_suppress=1'],
    ...(options.iommu ? ['intel_iommu=on', 'iommu=pt'] : []),
    ...['systemd.show_status=no', `lab_modules=${kernel.modules}`, `lab_agent=${AGENT}`],
    ...(options.kernel ?? []),
  ];
  return [
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', 'stdio'],
    ...['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', String(options.cpus ?? 2)],
    ...['-machine', 'q35,kernel-irqchip=split,memory-backend=ram', '-m', `${memory}M`],
    ...['-object', `memory-backend-memfd,id=ram,size=${memory}M,share=on`],
    ...['-kernel', kernel.image, '-initrd', `${folder}/initrd.cpio`, '-append', append.join(' ')],
    ...(options.iommu ? ['-device', 'intel-iommu,intremap=on'] : []),
    ...['-chardev', `socket,id=root,path=${folder}/root.sock`],
    ...['-device', 'vhost-user-fs-pci,chardev=root,tag=root'],
    ...['-drive', `file=${folder}/vz.raw,format=raw,if=none,id=vz,cache=unsafe,discard=unmap`],
    ...['-device', 'virtio-blk-pci,drive=vz', '-device', 'virtio-rng-pci'],
    ...['-device', 'virtio-serial-pci', '-chardev', `socket,id=port,path=${folder}/port.sock`],
    ...['-device', 'virtserialport,chardev=port,name=pave.lab'],
    ...(options.vme ? ['-gdb', `unix:${folder}/gdb.sock,server=on,wait=off`] : []),
    ...(options.devices ?? []),
  ];
}

/** The way jobs go in and their output comes out. */
class Port {
  private text = '';
  private socket: Socket | undefined;
  private heard = () => {};

  constructor(path: string) {
    const server = createServer((socket) => {
      server.close();
      this.socket = socket;
      socket.on('error', () => {});
      socket.on('data', (chunk: Buffer) => {
        this.text += chunk.toString('utf8');
        this.heard();
      });
    });
    server.listen(path);
    server.unref();
  }

  send(script: string): void {
    this.text = '';
    this.socket!.write(`${Buffer.from(script).toString('base64')}\n`);
  }

  /** What came in until the pattern was in it. */
  take(pattern: RegExp, seconds: number, console: () => string): Promise<string> {
    return new Promise((done, fail) => {
      const late = setTimeout(() => {
        this.heard = () => {};
        fail(new Error(`no end within ${seconds} s:\n${this.text}\n--- console:\n${console()}`));
      }, seconds * 1000);
      this.heard = () => {
        if (!pattern.test(this.text)) return;
        clearTimeout(late);
        this.heard = () => {};
        done(this.text);
      };
      this.heard();
    });
  }
}

async function waitForFile(path: string): Promise<void> {
  for (let tries = 0; !existsSync(path); tries++) {
    if (tries > 6000) throw new Error(`${path} did not appear`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
