/** Consoles of a running guest: serial terminal, monitor, VNC on standard output, noVNC in a browser. */
/// <reference lib="dom" />
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  guestImage,
  guestOptions,
  type Sandbox,
  Serial,
  sandbox,
  until,
  untilAsync,
} from './sandbox.js';

const bin = resolve(import.meta.dirname, '../../bin');
const CHROMIUM = '/usr/bin/chromium';

interface Running {
  child: ChildProcess;
  output: string;
  code: number | null | undefined;
}

/** A tool that runs on while the test talks to it. */
function running(box: Sandbox, command: string, args: string[], env: object = {}): Running {
  const child = spawn(command, args, { env: { ...box.env, ...env } });
  const state: Running = { child, output: '', code: undefined };
  for (const stream of [child.stdout, child.stderr])
    stream!.on('data', (chunk: Buffer) => {
      state.output += chunk.toString('latin1');
    });
  child.on('close', (code) => {
    state.code = code;
  });
  return state;
}

const ended = (state: Running, what: string) =>
  until(
    () => state.code !== undefined,
    240,
    () => `${what} to end; it said:\n${state.output}`,
  );

/** Pixels as three bytes each, from a PPM of QEMU's. */
function screendump(box: Sandbox, vmid: number): { width: number; height: number; rgb: Buffer } {
  const file = join(box.root, 'screen.ppm');
  execFileSync(join(bin, 'qm'), ['monitor', String(vmid)], {
    env: box.env,
    input: `screendump ${file}\n`,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const data = readFileSync(file);
  const header = /^P6\n(\d+) (\d+)\n255\n/.exec(data.subarray(0, 32).toString('latin1'))!;
  const [width, height] = [Number(header[1]), Number(header[2])];
  return { width, height, rgb: data.subarray(header[0].length) };
}

/** What noVNC has drawn, in the same form. */
async function canvas(page: Page): Promise<{ width: number; height: number; rgb: Buffer }> {
  const drawn = await page.evaluate(() => {
    const element = document.querySelector('#noVNC_container canvas') as HTMLCanvasElement | null;
    if (element === null || element.width === 0) return { width: 0, height: 0, text: '' };
    const { width, height } = element;
    const { data } = element.getContext('2d')!.getImageData(0, 0, width, height);
    let text = '';
    for (let i = 0; i < data.length; i += 4)
      text += String.fromCharCode(data[i]!, data[i + 1]!, data[i + 2]!);
    return { width, height, text };
  });
  return { width: drawn.width, height: drawn.height, rgb: Buffer.from(drawn.text, 'latin1') };
}

/** Share of pixels that are lit. */
function lit(rgb: Buffer): number {
  let count = 0;
  for (let i = 0; i < rgb.length; i += 3) if (rgb[i]! + rgb[i + 1]! + rgb[i + 2]! > 96) count++;
  return (count * 3) / rgb.length;
}

function different(a: Buffer, b: Buffer): number {
  let count = 0;
  for (let i = 0; i < a.length; i += 3)
    if (a[i] !== b[i] || a[i + 1] !== b[i + 1] || a[i + 2] !== b[i + 2]) count++;
  return (count * 3) / a.length;
}

describe('consoles', { timeout: 600_000 }, () => {
  let box: Sandbox;
  let serial: Serial;

  beforeAll(async () => {
    box = sandbox();
    // The smaller kernel has no keyboard.
    const image = guestImage(box, 'full');
    await box.ok('create', '100', ...guestOptions(image));
    await box.ok('start', '100');
    serial = new Serial(box, 100);
    await serial.ready();
    // The port serves one client at a time.
    serial.close();
  }, 600_000);
  afterAll(() => box.dispose());

  it('qm terminal: a shell on the serial port, left by the escape key', async () => {
    const quoted = `${join(bin, 'qm')} terminal 100 --escape ^A`;
    const terminal = running(box, 'script', ['-qec', quoted, '/dev/null']);
    await until(() => terminal.output.includes('press Ctrl+A to exit'), 240, 'its first line');
    terminal.child.stdin!.write('\recho got-$((40 + 2))\r');
    await until(
      () => terminal.output.includes('got-42'),
      240,
      () => terminal.output,
    );
    expect(terminal.code).toBeUndefined();
    terminal.child.stdin!.write('\x01');
    await ended(terminal, 'qm terminal');
    expect(box.pid(100)).toBeDefined();
    expect((await box.qm('terminal', '100', '--iface', 'serial2')).stderr).toContain(
      "serial interface 'serial2' is not configured",
    );
  });

  it('qm vncproxy: the VNC server on standard input and output, with a password only', async () => {
    const without = await box.qm('vncproxy', '100');
    expect(without.code).not.toBe(0);
    expect(without.stderr).toContain('LC_PVE_TICKET not set');
    const proxy = running(box, join(bin, 'qm'), ['vncproxy', '100'], { LC_PVE_TICKET: 'ticket' });
    await until(
      () => proxy.output.startsWith('RFB 003.008\n'),
      240,
      () => proxy.output,
    );
    proxy.child.stdin!.write('RFB 003.008\n');
    // One kind of security is offered, number 2: a password.
    await until(() => proxy.output.length >= 14, 240, 'the kinds of security');
    expect(proxy.output.slice(12)).toBe('\x01\x02');
    proxy.child.stdin!.end();
    await ended(proxy, 'qm vncproxy');
  });

  it.skipIf(!existsSync(CHROMIUM))(
    'pave console: the screen in a browser, for one viewer',
    async () => {
      const served = running(box, join(bin, 'pave'), ['console', '100', '--timeout', '600']);
      await until(
        () => /^http:.*\n/.test(served.output),
        240,
        () => served.output,
      );
      const url = served.output.split('\n')[0]!;
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/vnc\.html#/);
      const secret = new URL(url).pathname.split('/')[1]!;
      const guess = url.replaceAll(secret, 'AAAAAAAAAAAAAAAAAAAAAA');
      expect((await fetch(guess)).status).toBe(404);

      const profile = join(box.root, 'profile');
      const browser: Browser = await chromium.launch({
        executablePath: CHROMIUM,
        timeout: 240_000,
        args: [
          ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
          ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
          `--crash-dumps-dir=${profile}`,
        ],
      });
      try {
        const page = await browser.newPage();
        page.setDefaultTimeout(240_000);
        await page.goto(url);
        // The guest's banner is white on black; its cursor blinks, and it may just be writing.
        const same = async () => {
          const screen = await canvas(page);
          const real = screendump(box, 100);
          if (screen.width !== real.width || screen.height !== real.height) return false;
          const shown = Math.min(lit(screen.rgb), lit(real.rgb)) > 0.005;
          return shown && different(screen.rgb, real.rgb) < 0.002;
        };
        await untilAsync(same, 240, 'the browser to show what the guest shows');
        const picture = await page.screenshot();
        expect(picture.subarray(1, 4).toString()).toBe('PNG');

        const again = new WebSocket(`ws://${new URL(url).host}/${secret}/websockify`);
        const refused = await new Promise<string>((done) => {
          again.on('error', (error) => done(error.message));
          again.on('open', () => done('open'));
        });
        expect(refused).toContain('403');

        await page.locator('#noVNC_container canvas').click();
        serial = new Serial(box, 100);
        serial.type('until [ -e /run/typed ]; do sleep 1; done; echo seen-$((6*7))');
        // A guest that is kept from its CPU loses keys, or sees them held down: as people do, again.
        for (let tries = 0; tries < 10 && !serial.text.includes('seen-42'); tries++) {
          await page.keyboard.type('\ntouch /run/typed\n', { delay: 60 });
          await serial.waitFor(/seen-42/, 20).catch(() => {});
        }
        expect(serial.text).toContain('seen-42');
        serial.close();
        expect(served.code).toBeUndefined();
        await page.close();
        await ended(served, 'pave console');
        expect(served.code).toBe(0);
      } finally {
        await browser.close();
      }
      await expect(fetch(url)).rejects.toThrow();
    },
  );
});
