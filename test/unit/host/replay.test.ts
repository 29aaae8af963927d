import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createHost } from '../../../src/host/local.js';
import { probePlatform } from '../../../src/host/platform.js';
import { createRecordHost } from '../../../src/host/record.js';
import {
  FILE_CHANGES,
  FILE_READS,
  type RecordedCall,
  type Recording,
} from '../../../src/host/recording.js';
import { createReplayHost } from '../../../src/host/replay.js';
import type { Host } from '../../../src/host/types.js';
import { tempFolder } from './other-process.js';

/** Through JSON, as a recording in a file goes. */
const stored = (recording: Recording): Recording => JSON.parse(JSON.stringify(recording));

async function work(host: Host): Promise<unknown[]> {
  host.files.mkdir('/etc');
  host.files.write('/etc/a', 'one');
  const before = host.files.read('/etc/a');
  host.files.append('/etc/a', ' two');
  const lines: string[] = [];
  const echo = await host.run(['echo', 'x y'], {
    effect: 'read',
    onStdout: (line) => lines.push(line),
  });
  const failed = await host
    .run(['sh', '-c', 'echo no >&2; exit 3'], { effect: 'change' })
    .catch((error) => [error.name, error.message, error.code]);
  const missing = await host
    .run(['no-such-program-here'], { effect: 'read' })
    .catch((error) => [error.name, error.program]);
  await host.pipe([{ argv: ['echo', '1'] }, { argv: ['cat'] }], {
    effect: 'change',
    outputFile: '/etc/b',
  });
  const lock = await host.lock('/run/lock/x', { timeoutS: 1 });
  lock.release();
  let unreadable: unknown;
  try {
    host.files.read('/etc');
  } catch (error) {
    unreadable = (error as { code: string }).code;
  }
  return [
    ...[before, host.files.read('/etc/a'), host.files.read('/etc/b')],
    ...[
      host.files.read('/etc/none'),
      [...host.files.readBytes('/etc/b')!],
      host.files.list('/etc'),
    ],
    ...[echo, lines, failed, missing, unreadable, host.which('sh'), host.env('NONE')],
    ...[host.files.stat('/etc/a')?.size, host.processes.alive(1), host.node],
  ];
}

describe('record and replay', () => {
  it('answers as the recorded machine did, in the same order, and touches nothing', async () => {
    const root = tempFolder();
    const { host, recording } = createRecordHost(createHost({ root, node: 'alpha' }));
    const answers = await work(host);
    expect(answers.slice(0, 4)).toEqual(['one', 'one two', '1\n', undefined]);
    expect(JSON.stringify(recording)).not.toContain(root);
    fs.rmSync(root, { recursive: true });
    const replay = createReplayHost(stored(recording));
    expect(await work(replay.host)).toEqual(answers);
    expect(replay.rest()).toEqual([]);
    expect(fs.existsSync(root)).toBe(false);
  });

  it('says what is not in the recording, and what of it nobody asked for', async () => {
    const { host, recording } = createRecordHost(createHost({ root: tempFolder() }));
    host.files.exists('/etc/a');
    await host.run(['true'], { effect: 'change' });
    const replay = createReplayHost(recording);
    expect(() => replay.host.files.read('/etc/a')).toThrow('not in the recording: files.read');
    await expect(replay.host.run(['false'], { effect: 'read' })).rejects.toThrow('run ["false"]');
    replay.host.files.exists('/etc/a');
    expect(replay.rest()).toEqual(['run ["true"] {"effect":"change"}']);
  });

  it('knows every method of Files', () => {
    const methods = Object.keys(createHost().files);
    expect([...FILE_READS, ...FILE_CHANGES].sort()).toEqual(methods.sort());
  });

  it('keeps secrets out', async () => {
    const { host, recording } = createRecordHost(createHost({ root: tempFolder() }), {
      redact: ['hunter2'],
    });
    await host.run(['echo', 'pass=sesame'], { effect: 'read', redact: ['sesame'] });
    host.files.write('/pw', 'hunter2');
    host.files.read('/pw');
    expect(recording.calls[0]!.call).toContain('pass=********');
    expect(JSON.stringify(recording.calls.slice(1))).not.toContain('hunter2');
  });
});

/** A Debian 12 machine whose KVM opens and hangs; made with createRecordHost around probePlatform. */
const debian: Recording = JSON.parse(
  fs.readFileSync('test/unit/host/recordings/platform-debian-12.json', 'utf8'),
);

/** The recording with other answers to some calls: start of the call -> the answer. */
function changed(answers: Record<string, Omit<RecordedCall, 'call'>>): Recording {
  const calls = debian.calls.map((recorded) => {
    const start = Object.keys(answers).find((text) => recorded.call.startsWith(text));
    return start === undefined ? recorded : { call: recorded.call, ...answers[start] };
  });
  for (const start of Object.keys(answers))
    if (!debian.calls.some(({ call }) => call.startsWith(start)))
      throw new Error(`the recording has no ${start}`);
  return { ...debian, calls };
}

const probe = (recording: Recording) =>
  probePlatform(createReplayHost(recording).host, { kvm: true });

describe('probePlatform on other machines', () => {
  it('Debian 12 whose KVM hangs', async () => {
    const platform = await probe(debian);
    expect(platform).toMatchObject({
      cpus: 2,
      kvm: 'present',
      cgroup: 'hybrid',
      systemd: false,
      ioUring: true,
      qemu: { x86_64: { version: [7, 2, 22], flavour: 'stock' } },
    });
    expect(platform.kvmReason).toContain('a test guest hangs');
  });

  it('a Proxmox VE node: its QEMU, KVM, systemd, cgroup v2', async () => {
    const platform = await probe(
      changed({
        'run ["/usr/bin/qemu-system-x86_64","--version"]': {
          value: {
            code: 0,
            stdout: 'QEMU emulator version 10.1.2 (pve-qemu-kvm_10.1.2-1)\n',
            stderr: '',
          },
        },
        'run ["/usr/bin/qemu-system-x86_64","-accel","kvm"': {
          value: { code: 99, stdout: '', stderr: '' },
        },
        'files.read "/proc/1/comm"': { value: 'systemd\n' },
        'files.read "/proc/self/mounts"': {
          value: 'cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n',
        },
      }),
    );
    expect(platform.qemu.x86_64).toMatchObject({ version: [10, 1, 2], flavour: 'pve' });
    expect(platform).toMatchObject({ kvm: 'usable', systemd: true, cgroup: 'v2' });
    expect(platform.kvmReason).toBeUndefined();
  });

  it('a container: no KVM device, io_uring forbidden, QEMU not installed', async () => {
    const platform = await probe(
      changed({
        'files.exists "/dev/kvm"': { value: false },
        'run ["qemu-io"': { value: { code: 1, stdout: '', stderr: 'io_uring: EPERM' } },
        'which "qemu-system-x86_64"': {},
      }),
    );
    expect(platform).toMatchObject({ kvm: 'none', ioUring: false, qemu: {} });
    expect(platform.kvmReason).toBe('/dev/kvm does not exist');
  });
});
