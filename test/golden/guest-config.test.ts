/** Configs as Proxmox VE 5 to 9 write them: read, and given back byte for byte. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseGuestConfig } from '../../src/config/guest-config.js';
import { writeGuestConfig } from '../../src/config/guest-config-write.js';
import { type Sandbox, sandbox } from '../real/sandbox.js';

const folder = join(import.meta.dirname, 'guest-config');
const files = readdirSync(folder).sort();
const textOf = (name: string) => readFileSync(join(folder, name), 'utf8');
let box: Sandbox;
beforeAll(() => {
  box = sandbox();
});
afterAll(() => box.dispose());

for (const name of files) {
  const kind = name.includes('-ct') ? 'lxc' : 'qemu';
  describe(name, () => {
    it('is in the canonical form, and stays so', () => {
      const said: string[] = [];
      const config = parseGuestConfig(kind, textOf(name), {
        name,
        warn: (line) => said.push(line),
      });
      expect(said).toEqual([]);
      expect(writeGuestConfig(config)).toBe(textOf(name));
    });

    it('comes into that form out of any order of its lines', () => {
      // Sections and descriptions stay together; the keys of each are turned round.
      const shuffled = textOf(name)
        .split(/\n(?=\[)/)
        .map((section) => {
          const lines = section.split('\n').filter((line) => line !== '');
          const head = lines.filter((line) => /^[#[]/.test(line));
          const raw = lines.filter((line) => line.startsWith('lxc.'));
          const keys = lines.filter((line) => !/^[#[]/.test(line) && !line.startsWith('lxc.'));
          const first = head.filter((line) => line.startsWith('['));
          const rest = head.filter((line) => line.startsWith('#'));
          return [...first, ...keys.reverse(), ...rest, ...raw, ''].join('\n');
        })
        .join('\n\n');
      const config = parseGuestConfig(kind, shuffled, { name });
      expect(writeGuestConfig(config)).toBe(textOf(name));
    });
  });

  if (kind === 'qemu') {
    describe(`${name} under the tools`, () => {
      const vmid = 500 + files.indexOf(name);
      const path = () => join(box.root, `etc/pve/nodes/n1/qemu-server/${vmid}.conf`);

      it('is shown, and a change touches only its line', { timeout: 60_000 }, async () => {
        const text = textOf(name);
        mkdirSync(join(path(), '..'), { recursive: true });
        writeFileSync(path(), text);
        const config = await box.qm('config', String(vmid), '--current');
        expect(config.code, config.stderr).toBe(0);
        expect(config.stdout).toMatch(/^name: /m);
        expect((await box.qm('pending', String(vmid))).code).toBe(0);
        expect((await box.qm('list')).stdout).toContain(String(vmid));
        expect(readFileSync(path(), 'utf8')).toBe(text);
        if (/^lock: /m.test(text.split('\n[')[0]!)) {
          expect((await box.qm('set', String(vmid), '--onboot', '0')).stderr).toContain('locked');
          expect(readFileSync(path(), 'utf8')).toBe(text);
          return;
        }
        // Not applied: what waits in [PENDING] is applied by any change of a stopped VM.
        if (text.includes('[PENDING]')) return;
        await box.ok('set', String(vmid), '--shares', '500');
        const [main, ...sections] = text.split('\n\n[');
        const keys = main!
          .trimEnd()
          .split('\n')
          .filter((line) => !line.startsWith('#'));
        const head = main!.split('\n').filter((line) => line.startsWith('#'));
        const lines = [...head, ...[...keys, 'shares: 500'].sort()].join('\n');
        const expected = [lines, ...sections].join('\n\n[');
        expect(readFileSync(path(), 'utf8').trimEnd()).toBe(expected.trimEnd());
      });
    });
  }
}
