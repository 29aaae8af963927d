import * as fs from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { program, start, tempFolder } from '../host/other-process.js';

const UPID = (n: number, type: string, id: string) =>
  `UPID:alpha:003FFFFF:0000000${n}:6553F10${n}:${type}:${id}:root@pam:`;
const GOOD = UPID(1, 'qmstart', '100');
const BAD = UPID(2, 'vzdump', '');

let tool: string;
let root: string;

beforeAll(async () => {
  tool = await program(`
    import { main } from './src/cli/main.ts';
    import tool from './src/commands/pvenode/index.ts';
    await main(tool);
  `);
  root = tempFolder();
  const tasks = `${root}/var/log/pve/tasks`;
  fs.mkdirSync(`${tasks}/1`, { recursive: true });
  fs.mkdirSync(`${tasks}/2`);
  fs.writeFileSync(`${tasks}/index`, `${GOOD} 6553F110 OK\n${BAD} 6553F120 it broke\n`);
  fs.writeFileSync(`${tasks}/1/${GOOD}`, 'one\ntwo\nTASK OK\n');
  fs.writeFileSync(`${tasks}/2/${BAD}`, 'TASK ERROR: it broke\n');
});

async function pvenode(...args: string[]): Promise<{ code: number | null; output: string }> {
  const run = start(tool, args, { PAVE_ROOT: root, PAVE_NODE: 'alpha', TZ: 'UTC', LC_ALL: 'C' });
  const { code } = await run.ended;
  return { code, output: run.output() };
}

describe('pvenode task', () => {
  it('list prints the columns of the original', async () => {
    const { code, output } = await pvenode('task', 'list', '--noborder');
    expect(code).toBe(0);
    expect(output.split('\n')[0]!.trim().split(/\s+/)).toEqual(
      'UPID Type ID User Starttime Endtime Status'.split(' '),
    );
    // The table is sorted by its first column.
    expect(output.indexOf(GOOD)).toBeLessThan(output.indexOf(BAD));
    expect(output).toMatch(new RegExp(`${BAD}.*vzdump.*root@pam.*ERROR`));
    expect(output).toMatch(new RegExp(`${GOOD}.*qmstart.*100.*2023-11-14 22:\\d\\d:\\d\\d.*OK`));
  });

  it('list filters and gives JSON with every field', async () => {
    const { output } = await pvenode('task', 'list', '--errors', '--output-format', 'json');
    expect(JSON.parse(output)).toEqual([
      {
        upid: BAD,
        node: 'alpha',
        pid: 0x3fffff,
        pstart: 2,
        starttime: 0x6553f102,
        endtime: 0x6553f120,
        type: 'vzdump',
        id: '',
        user: 'root@pam',
        status: 'ERROR',
      },
    ]);
    const all = await pvenode('task', 'list', '--output-format', 'json');
    expect(JSON.parse(all.output).map((task: { upid: string }) => task.upid)).toEqual([BAD, GOOD]);
    const none = await pvenode('task', 'list', '--statusfilter', 'warning,unknown');
    expect(none).toEqual({ code: 0, output: '' });
    const bad = await pvenode('task', 'list', '--statusfilter', 'nice');
    expect(bad.code).toBe(255);
    expect(bad.output).toContain("statusfilter: invalid format - invalid status 'nice'");
  });

  it('log prints the lines', async () => {
    expect(await pvenode('task', 'log', GOOD)).toEqual({ code: 0, output: 'one\ntwo\nTASK OK\n' });
    expect((await pvenode('task', 'log', GOOD, '--start', '2')).output).toBe('TASK OK\n');
    const wrong = await pvenode('task', 'log', 'UPID:x');
    expect(wrong.code).toBe(255);
    expect(wrong.output).toContain('upid: unable to parse worker upid');
  });

  it('status tells how it ended', async () => {
    const { output } = await pvenode('task', 'status', BAD, '--output-format', 'json');
    expect(JSON.parse(output)).toMatchObject({
      status: 'stopped',
      exitstatus: 'it broke',
      upid: BAD,
    });
    const none = await pvenode('task', 'status', UPID(3, 'qmstop', '1'));
    expect(none.code).toBe(255);
    expect(none.output).toContain('upid: no such task');
  });
});
