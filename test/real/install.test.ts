/** `npm install -g` of the folder and of the packed tarball, into a prefix of its own. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const project = resolve(import.meta.dirname, '../..');
const { bin, version, files } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
const tools = Object.keys(bin);
let work: string;
let tree: string;

// npm tells its settings to what it starts, us included: a prefix of the outer one is not meant here.
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|PAVE_|VITEST)/i.test(name)),
);
const run = (program: string, args: string[], options: { cwd?: string; path?: string } = {}) =>
  execFileSync(program, args, {
    cwd: options.cwd ?? work,
    env: { ...env, ...(options.path === undefined ? {} : { PATH: options.path }) },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'pave-install-'));
  tree = join(work, 'tree');
  // A copy: packing builds, and other tests use what is built here.
  // Only what is built and packed: in other folders tests may be at work.
  const sources = ['src', 'package.json', 'package-lock.json', 'tsconfig.json'];
  for (const name of [...sources, ...files.filter((name: string) => name !== 'dist')])
    cpSync(join(project, name), join(tree, name), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(tree, 'node_modules'));
});

afterAll(() => rmSync(work, { recursive: true, force: true }));

function install(prefix: string, what: string): void {
  run('npm', ['install', '-g', '--offline', '--no-audit', '--no-fund', '--prefix', prefix, what]);
}

function check(prefix: string): void {
  const path = `${join(prefix, 'bin')}:${env.PATH}`;
  for (const tool of tools) {
    expect(run(tool, ['--version'], { path })).toBe(`${tool} (Pavé) ${version}\n`);
    const page = join(prefix, 'share/man/man1', `${tool}.1`);
    expect(readFileSync(page, 'utf8')).toContain(`.TH ${tool.toUpperCase()} 1`);
    for (const [home, name] of [
      ['bash-completion/completions', tool],
      ['zsh/site-functions', `_${tool}`],
      ['fish/vendor_completions.d', `${tool}.fish`],
    ]) {
      const file = join(prefix, 'share', home!, name!);
      expect(existsSync(realpathSync(file)), file).toBe(true);
    }
    const script = run('pave', ['completion', 'bash', tool], { path });
    expect(script).toContain(`complete -F`);
  }
}

describe('npm install -g', () => {
  it('of the folder', { timeout: 900_000 }, () => {
    const prefix = join(work, 'folder');
    install(prefix, tree);
    check(prefix);
  });

  it('of the packed tarball, which needs nothing else', { timeout: 900_000 }, () => {
    const prefix = join(work, 'tarball');
    run('npm', ['pack', '--silent', '--pack-destination', work], { cwd: tree });
    install(prefix, join(work, `pave-${version}.tgz`));
    // It stands on its own: the tree it was packed from may go.
    rmSync(tree, { recursive: true });
    check(prefix);
    expect(readdirSync(join(prefix, 'lib/node_modules'))).toEqual(['pave']);
  });
});
