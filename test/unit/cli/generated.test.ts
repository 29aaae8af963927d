/** Completions and man pages are made from the declarations, and committed: they must not drift. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allOptions } from '../../../src/cli/globals.js';

const tools = readdirSync('bin').filter((name) => name !== 'package.json');

describe('generated files', () => {
  it('are what npm run generate makes', { timeout: 60_000 }, () => {
    const { status, stdout } = spawnSync('node', ['scripts/generate.mjs', '--check'], {
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it('exist for every tool, and npm is told of them', () => {
    const { bin, man } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(Object.keys(bin).sort()).toEqual([...tools].sort());
    expect([...man].sort()).toEqual(tools.map((tool) => `man/${tool}.1`).sort());
    for (const tool of tools) {
      for (const path of [`bash/${tool}`, `zsh/_${tool}`, `fish/${tool}.fish`])
        expect(existsSync(`completions/${path}`), path).toBe(true);
    }
  });
});

for (const tool of tools) {
  describe(`man page of ${tool}`, () => {
    const page = (test: { skip: (why: string) => void }): string => {
      const shown = spawnSync('man', ['--warnings', '-l', `man/${tool}.1`], {
        encoding: 'utf8',
        env: { ...process.env, MANWIDTH: '100', MANROFFOPT: '', LC_ALL: 'C.UTF-8' },
      });
      if (shown.error !== undefined) test.skip('man is not installed');
      expect(shown.stderr).toBe('');
      return shown.stdout;
    };

    it('has its sections, and every option with its type', { timeout: 60_000 }, async (test) => {
      const text = page(test);
      for (const heading of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'FILES', 'EXIT STATUS'])
        expect(text).toMatch(new RegExp(`^${heading}$`, 'm'));
      const { default: spec } = await import(`../../../src/commands/${tool}/index.ts`);
      for (const [name, load] of Object.entries<() => Promise<{ default: never }>>(spec.commands)) {
        const { default: command } = await load();
        const title = `${tool} ${name}`.trim();
        expect(text).toContain(title);
        for (const option of Object.keys(allOptions(command)))
          expect(text, `${title} --${option}`).toContain(`--${option} `);
      }
    });
  });
}

describe('completion scripts', () => {
  for (const [shell, check] of [
    ['bash', ['bash', '-n']],
    ['zsh', ['zsh', '-n']],
    ['fish', ['fish', '--no-execute']],
  ] as const) {
    it(`are right ${shell}`, (test) => {
      for (const name of readdirSync(`completions/${shell}`)) {
        let said = '';
        try {
          execFileSync(check[0], [check[1], `completions/${shell}/${name}`], { stdio: 'pipe' });
        } catch (error) {
          const failure = error as { code?: string; stderr?: Buffer };
          if (failure.code === 'ENOENT') test.skip(`${shell} is not installed`);
          said = String(failure.stderr);
        }
        expect(said).toBe('');
      }
    });
  }
});
