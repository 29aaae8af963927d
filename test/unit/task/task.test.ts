import * as fs from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDirectoryStore } from '../../../src/cluster/directory.js';
import type { Context } from '../../../src/commands/define.js';
import { PaveError } from '../../../src/errors.js';
import { createDryRunHost } from '../../../src/host/dry-run.js';
import { createHost } from '../../../src/host/local.js';
import type { Host } from '../../../src/host/types.js';
import { parseActive, readActive, readArchive, updateActive } from '../../../src/task/archive.js';
import { listTasks } from '../../../src/task/list.js';
import { readTaskLog } from '../../../src/task/read-log.js';
import { runTask } from '../../../src/task/run.js';
import { readStatus, statusType, taskStatus } from '../../../src/task/status.js';
import { UndoStack } from '../../../src/task/undo.js';
import { decodeUpid, encodeUpid, logPath } from '../../../src/task/upid.js';
import { program, start, tempFolder } from '../host/other-process.js';

let root: string;
let host: Host;
let printed: string[];
let abort: AbortController;
let ctx: Context;

function contextOf(own: Host): Context {
  return {
    host: own,
    store: createDirectoryStore(own),
    out: {
      isTty: false,
      machine: false,
      line: (text) => printed.push(text),
      write: (text) => printed.push(text),
      info: (text) => printed.push(`info ${text}`),
      warn: (text) => printed.push(`WARN: ${text}`),
      progress: () => {},
      progressEnd: () => {},
    },
    called: ['qm', 'start'],
    user: 'root@pam',
    verbose: false,
    signal: abort.signal,
  };
}

beforeEach(() => {
  root = tempFolder();
  printed = [];
  abort = new AbortController();
  host = createHost({ root, node: 'alpha', signal: abort.signal });
  ctx = contextOf(host);
});

const log = (upid: string) => fs.readFileSync(root + logPath(upid), 'utf8');
const upidOf = (n: number, more: Partial<Parameters<typeof encodeUpid>[0]> = {}) =>
  encodeUpid({
    node: 'alpha',
    pid: 4194303,
    pstart: n,
    starttime: 1700000000 + n,
    type: 'qmstart',
    id: '100',
    user: 'root@pam',
    ...more,
  });

describe('runTask', () => {
  it('logs what the terminal sees, ends OK and is in the lists', async () => {
    let upid = '';
    await runTask(ctx, { type: 'qmstart', id: 100 }, (task) => {
      upid = task.upid;
      expect(readActive(host)).toMatchObject([{ upid, saved: false }]);
      expect(taskStatus(host, upid)?.status).toBe('running');
      expect(listTasks(host, { source: 'active' })).toMatchObject([{ upid, status: 'RUNNING' }]);
      task.log('one');
      task.ctx.out.write('tw');
      task.ctx.out.write('o\n');
      for (let done = 0; done <= 1000; done++) task.progress({ done, total: 1000, text: 'copy' });
    });
    expect(upid).toMatch(
      /^UPID:alpha:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:qmstart:100:root@pam:$/,
    );
    const lines = log(upid).split('\n');
    expect(lines.slice(0, 2)).toEqual(['one', 'two']);
    expect(lines.filter((line) => line.startsWith('copy'))).toHaveLength(11);
    expect(lines.slice(-2)).toEqual(['TASK OK', '']);
    expect(printed).toEqual(['one', 'tw', 'o\n']);
    expect(readStatus(host, upid)).toBe('OK');
    expect(readActive(host)).toMatchObject([{ upid, saved: true, status: 'OK' }]);
    expect(readArchive(host)).toMatchObject([{ upid, status: 'OK' }]);
    expect(fs.statSync(root + logPath(upid)).mode & 0o777).toBe(0o640);
    const index = fs.readFileSync(`${root}/var/log/pve/tasks/index`, 'utf8');
    expect(index).toMatch(/^UPID:\S+: [0-9A-F]{8} OK\n$/);
  });

  it('counts warnings', async () => {
    let upid = '';
    await runTask(ctx, { type: 'vzdump' }, (task) => {
      upid = task.upid;
      task.warn('odd');
      task.ctx.out.warn('odder');
    });
    expect(log(upid)).toBe('WARN: odd\nWARN: odder\nTASK WARNINGS: 2\n');
    expect(readStatus(host, upid)).toBe('WARNINGS: 2');
    expect(printed.at(-1)).toBe('info Task finished with 2 warning(s)!');
  });

  it('undoes in reverse and tells the error on one line', async () => {
    let upid = '';
    const undone: string[] = [];
    const work = runTask(ctx, { type: 'qmcreate', id: 7 }, async (task) => {
      upid = task.upid;
      task.undo.add('remove a', () => void undone.push('a'));
      task.undo.add('remove b', () => {
        throw new Error('busy');
      });
      task.undo.add('remove c', async () => void undone.push('c'));
      throw new PaveError('no space\nleft');
    });
    await expect(work).rejects.toThrow('no space\nleft');
    expect(undone).toEqual(['c', 'a']);
    expect(log(upid)).toBe('WARN: unable to remove b - busy\nTASK ERROR: no space left\n');
    expect(readStatus(host, upid)).toBe('no space left');
    expect(listTasks(host)).toMatchObject([{ upid, status: 'no space left' }]);
  });

  it('undoes nothing after the point of no return or success', async () => {
    let undone = 0;
    const failing = runTask(ctx, { type: 'qmmove' }, (task) => {
      task.undo.add('x', () => void undone++);
      task.undo.done();
      throw new Error('late');
    });
    await expect(failing).rejects.toThrow('late');
    await runTask(ctx, { type: 'qmmove' }, (task) => {
      task.undo.add('x', () => void undone++);
    });
    expect(undone).toBe(0);
  });

  it('gives two tasks of one second two names', async () => {
    const upids: string[] = [];
    for (let i = 0; i < 3; i++) {
      await runTask(ctx, { type: 'qmstart', id: 1 }, (task) => void upids.push(task.upid));
    }
    expect(new Set(upids).size).toBe(3);
  });

  it('is interrupted in the midst of a command; the undo steps still run theirs', async () => {
    let upid = '';
    const work = runTask(ctx, { type: 'qmcreate', id: 8 }, async (task) => {
      upid = task.upid;
      task.undo.add('clean up', async () => {
        await host.run(['touch', `${root}/undone`], { effect: 'change' });
      });
      const onStdout = () => abort.abort();
      await host.run(['sh', '-c', 'echo begun; sleep 600'], { effect: 'change', onStdout });
    });
    await expect(work).rejects.toThrow('received interrupt');
    expect(fs.existsSync(`${root}/undone`)).toBe(true);
    expect(log(upid)).toBe('TASK ERROR: received interrupt\n');
  });

  it('leaves no trace in a dry run', async () => {
    const dry = contextOf(createDryRunHost(host, (line) => printed.push(line)));
    await runTask(dry, { type: 'qmstart' }, (task) => task.log('would start'));
    expect(printed).toEqual(['would start']);
    expect(fs.readdirSync(root)).toEqual([]);
  });

  it('does its work even where no log can be written', async () => {
    fs.mkdirSync(`${root}/var/log`, { recursive: true });
    fs.writeFileSync(`${root}/var/log/pve`, 'in the way');
    let worked = false;
    await runTask(ctx, { type: 'qmstart' }, (task) => {
      worked = true;
      task.log('still here');
    });
    expect(worked).toBe(true);
    expect(printed.filter((line) => line.startsWith('WARN: no task log'))).toHaveLength(1);
  });
});

describe('a task whose process was killed', () => {
  it('is found ended by the next one', async () => {
    const file = await program(`
      import { createHost } from './src/host/local.ts';
      import { runTask } from './src/task/run.ts';
      const host = createHost();
      const out = { line() {}, write() {}, info() {}, warn() {}, progress() {}, progressEnd() {} };
      const ctx = { host, out, user: 'root@pam', signal: new AbortController().signal };
      await runTask(ctx, { type: 'vzdump', id: '' }, async (task) => {
        task.log('half-way');
        console.log(task.upid);
        await host.clock.sleep(60000);
      });
    `);
    const other = start(file, [], { PAVE_ROOT: root, PAVE_NODE: 'alpha' });
    await other.said(':root@pam:\n');
    const upid = other.output().trim();
    expect(taskStatus(host, upid)).toMatchObject({ status: 'running', upid });
    other.child.kill('SIGKILL');
    await other.ended;
    expect(taskStatus(host, upid)).toMatchObject({
      status: 'stopped',
      exitstatus: 'unexpected status',
    });
    await updateActive(host, {});
    expect(listTasks(host)).toMatchObject([{ upid, status: 'unexpected status' }]);
    expect(readTaskLog(host, upid)).toEqual([{ n: 1, t: 'half-way' }]);
  });
});

describe('the lists', () => {
  it('keep the file short, archive what ended, rotate the index', async () => {
    const tasks = `${root}/var/log/pve/tasks`;
    fs.mkdirSync(tasks, { recursive: true });
    const many = Array.from({ length: 40 }, (_, i) => `${upidOf(i)} 0\n`).join('');
    fs.writeFileSync(`${tasks}/active`, `${many}garbage\n`);
    fs.writeFileSync(`${tasks}/index`, `${upidOf(999)} 6553F2A0 OK\n`.repeat(700));
    await updateActive(host, {});
    const active = parseActive(fs.readFileSync(`${tasks}/active`, 'utf8'));
    expect(active).toHaveLength(25);
    expect(active[0]!.pstart).toBe(39);
    expect(active.every((task) => task.saved && task.status === 'unexpected status')).toBe(true);
    expect(fs.existsSync(`${tasks}/index`)).toBe(false);
    expect(fs.readFileSync(`${tasks}/index.1`, 'utf8').trim().split('\n')).toHaveLength(740);
    expect(listTasks(host, { limit: 1000 })).toHaveLength(740);
  });

  it('filter as the original does', () => {
    const tasks = `${root}/var/log/pve/tasks`;
    fs.mkdirSync(tasks, { recursive: true });
    const rows = [
      `${upidOf(1)} 6553F2A0 OK`,
      `${upidOf(2, { type: 'vzdump', id: '' })} 6553F2A0 WARNINGS: 2`,
      `${upidOf(3, { id: '101', user: 'bob@pve!tok' })} 6553F2A0 it broke`,
      `${upidOf(4)} 6553F2A0 unexpected status`,
      'garbage',
    ];
    fs.writeFileSync(`${tasks}/index`, `${rows.join('\n')}\n`);
    const got = (filter: Parameters<typeof listTasks>[1]) =>
      listTasks(host, filter).map((task) => task.pstart);
    expect(got({})).toEqual([4, 3, 2, 1]);
    expect(got({ start: 1, limit: 2 })).toEqual([3, 2]);
    expect(got({ limit: 0 })).toEqual([]);
    expect(got({ user: 'BOB' })).toEqual([3]);
    expect(got({ vmid: 100 })).toEqual([4, 1]);
    expect(got({ type: 'vzdump' })).toEqual([2]);
    expect(got({ since: 1700000003 })).toEqual([4, 3]);
    expect(got({ until: 1700000001 })).toEqual([1]);
    expect(got({ statuses: ['error'] })).toEqual([3]);
    expect(got({ statuses: ['ok', 'warning'] })).toEqual([2, 1]);
    expect(got({ statuses: ['unknown'] })).toEqual([4]);
    expect(got({ source: 'active' })).toEqual([]);
    expect(listTasks(host, { vmid: 101 })[0]).toMatchObject({ user: 'bob@pve', tokenid: 'tok' });
  });

  it('lose no task of several processes', async () => {
    const file = await program(`
      import { createHost } from './src/host/local.ts';
      import { runTask } from './src/task/run.ts';
      const out = { line() {}, write() {}, info() {}, warn(t) { console.log(t); }, progress() {}, progressEnd() {} };
      const ctx = { host: createHost(), out, user: 'root@pam', signal: new AbortController().signal };
      for (let i = 0; i < 5; i++) await runTask(ctx, { type: 'qmset', id: i }, () => {});
    `);
    const env = { PAVE_ROOT: root, PAVE_NODE: 'alpha' };
    const runs = [1, 2, 3].map(() => start(file, [], env));
    for (const run of runs)
      expect(await run.ended, run.output()).toEqual({ code: 0, signal: null });
    const listed = listTasks(host);
    expect(listed).toHaveLength(15);
    expect(listed.every((task) => task.status === 'OK')).toBe(true);
  });
});

describe('UPIDs', () => {
  it.each([
    'UPID:alpha:0000C346:165A0CE4:68D7279C:aptupdate::root@pam',
    'UPID:-alpha:0000C346:165A0CE4:68D7279C:aptupdate::root@pam:',
    'UPID:alpha:C346:165A0CE4:68D7279C:aptupdate::root@pam:',
    'UPID:alpha:0000C346:0165A0CE4F:68D7279C:aptupdate::root@pam:',
    'UPID:alpha:0000C346:165A0CE4:68D7279C::100:root@pam:',
    'UPID:alpha:0000C346:165A0CE4:68D7279C:a/b:100:root@pam:',
    'UPID:alpha:0000C346:165A0CE4:68D7279C:ab:../x:root@pam:',
    '',
  ])('refuse %s', (upid) => {
    expect(decodeUpid(upid)).toBeUndefined();
  });

  it('log into the folder of the last digit of the start time', () => {
    expect(logPath('UPID:a:0000C346:165A0CE4:68D7279C:x::root@pam:')).toBe(
      '/var/log/pve/tasks/C/UPID:a:0000C346:165A0CE4:68D7279C:x::root@pam:',
    );
  });
});

describe('status', () => {
  it.each([
    [undefined, 'unknown'],
    ['OK', 'ok'],
    ['WARNINGS: 1', 'warning'],
    ['WARNINGS: x', 'error'],
    ['unexpected status', 'unknown'],
    ['boom', 'error'],
  ])('%s is %s', (status, type) => {
    expect(statusType(status)).toBe(type);
  });
});

describe('UndoStack', () => {
  it('runs each step once', async () => {
    const undo = new UndoStack();
    let count = 0;
    undo.add('x', () => void count++);
    await undo.run(() => {});
    await undo.run(() => {});
    expect(count).toBe(1);
    expect(undo.size).toBe(0);
  });
});
