import { messageOf } from '../errors.js';
import type { Platform, QemuInfo } from './platform-types.js';
import type { Host } from './types.js';

export interface KvmState {
  kvm: Platform['kvm'];
  kvmReason?: string;
}

/** A test guest needs about 0.2 s, also under software emulation; nested ones are slower. */
const TIMEOUT_MS = 3000;
/** On a machine that is slow or busy it gets that many times what emulation needs for it. */
const SLOWER = 5;
/** isa-debug-exit ends QEMU with (value << 1) | 1; the guest writes 0x31. */
const EXIT_CODE = (0x31 << 1) | 1;

/**
 * Whether a guest really runs under KVM. Opening /dev/kvm proves nothing: a nested or confined KVM
 * may take the guest and never get it through its firmware. So one is run: SeaBIOS, then a boot
 * sector that ends QEMU with a certain exit code.
 */
export async function testKvm(host: Host, qemu: QemuInfo | undefined): Promise<KvmState> {
  if (!host.files.exists('/dev/kvm')) {
    return { kvm: 'none', kvmReason: '/dev/kvm does not exist' };
  }
  if (qemu === undefined) return { kvm: 'present', kvmReason: 'QEMU is not installed' };
  const reason = await whyNotUnderKvm(host, qemu.binary);
  return reason === undefined ? { kvm: 'usable' } : { kvm: 'present', kvmReason: reason };
}

/** A guest that hangs is told from a machine that is slow by running the same one emulated. */
export async function whyNotUnderKvm(
  host: Host,
  binary: string,
  timeoutMs = TIMEOUT_MS,
): Promise<string | undefined> {
  const reason = await runTestGuest(host, binary, 'kvm', timeoutMs);
  if (!reason?.startsWith(HANGS)) return reason;
  const begun = host.clock.monotonic();
  await runTestGuest(host, binary, 'tcg', 10 * timeoutMs);
  const longer = SLOWER * (host.clock.monotonic() - begun);
  return longer > timeoutMs ? await runTestGuest(host, binary, 'kvm', longer) : reason;
}

const HANGS = 'the device opens, but a test guest hangs';

/** Gives why the guest did not run; undefined when it did. */
export async function runTestGuest(
  host: Host,
  binary: string,
  accel: 'kvm' | 'tcg',
  timeoutMs = TIMEOUT_MS,
): Promise<string | undefined> {
  const arm = binary.endsWith('aarch64');
  const image = `/run/pave/test-guest.${host.processes.self}.img`;
  host.files.mkdir('/run/pave');
  host.files.write(image, arm ? ARM_POWEROFF : bootSector());
  const argv = arm
    ? armGuest(binary, accel, host.path(image))
    : pcGuest(binary, accel, host.path(image));
  try {
    const result = await host.run(argv, {
      effect: 'read',
      allowExit: 'any',
      timeoutMs,
      purpose: `see whether a guest runs under ${accel}`,
    });
    if (result.code === (arm ? 0 : EXIT_CODE)) return undefined;
    const said = result.stderr.trim().split('\n').at(-1)!;
    return said === '' ? `the test guest ended with code ${result.code}` : said;
  } catch (error) {
    if (error instanceof Error && 'timedOut' in error && error.timedOut) {
      return `${HANGS} (${Math.round(timeoutMs / 1000)} s without an answer)`;
    }
    return messageOf(error);
  } finally {
    host.files.unlink(image);
  }
}

const BARE = ['-nodefaults', '-no-user-config', '-display', 'none', '-monitor', 'none'];

function pcGuest(binary: string, accel: string, image: string): string[] {
  return [
    ...[binary, '-accel', accel, '-machine', 'pc', '-m', '16', ...BARE, '-serial', 'none'],
    ...['-boot', 'menu=off', '-device', 'isa-debug-exit,iobase=0x501,iosize=1'],
    ...['-drive', `file=${image},format=raw,snapshot=on,if=none,id=disk`],
    ...['-device', 'ide-hd,drive=disk'],
  ];
}

function armGuest(binary: string, accel: string, image: string): string[] {
  const cpu = accel === 'kvm' ? 'host' : 'cortex-a57';
  return [
    ...[binary, '-accel', accel, '-machine', 'virt', '-cpu', cpu, '-m', '64', ...BARE],
    ...['-serial', 'none', '-kernel', image],
  ];
}

/** mov dx,0x501; mov al,0x31; out dx,al; hlt; jmp back, in a disk of one bootable sector. */
function bootSector(): Uint8Array {
  const sector = new Uint8Array(512);
  sector.set([0xba, 0x01, 0x05, 0xb0, 0x31, 0xee, 0xf4, 0xeb, 0xfd]);
  sector.set([0x55, 0xaa], 510);
  return sector;
}

/** PSCI SYSTEM_OFF: mov w0,#8; movk w0,#0x8400,lsl #16; hvc #0; b . */
const ARM_POWEROFF = new Uint8Array([
  0x00, 0x01, 0x80, 0x52, 0x00, 0x80, 0xb0, 0x72, 0x02, 0x00, 0x00, 0xd4, 0x00, 0x00, 0x00, 0x14,
]);
