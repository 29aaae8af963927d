/** The house keeps its walls: who may import what, over the whole tree. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = resolve(dirname(fileURLToPath(import.meta.url)), '../../src');

/** Layers from the top down: a layer may import what stands in a later row, and itself. */
const LAYERS: string[][] = [
  ['cli'],
  ['commands'],
  ['quickstart'],
  ['qemu', 'lxc', 'backup', 'replication', 'ha', 'ceph', 'network', 'access'],
  ['guest', 'storage', 'config'],
  ['task'],
  ['cluster'],
  ['host', 'schema'],
];

/** Packages and modules that only one folder may name. */
const RESERVED: [pattern: RegExp, home: string][] = [
  [/^(node:)?(child_process|fs|fs\/promises|net|dgram|tls|http|https|worker_threads)$/, 'host'],
  [/^(ssh2|execa)$/, 'host'],
  [/^(commander|chalk|ora|cli-table3)$/, 'cli'],
];

interface Source {
  path: string;
  layer: string;
  text: string;
  imports: { target: string; typeOnly: boolean }[];
}

function walk(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : path.endsWith('.ts') ? [path] : [];
  });
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

function load(path: string): Source {
  const text = readFileSync(path, 'utf8');
  const imports: Source['imports'] = [];
  for (const match of withoutComments(text).matchAll(
    /(?:^|\n)\s*(import|export)(\s+type)?\s+(?:[^;'"]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g,
  )) {
    imports.push({ target: (match[3] ?? match[4])!, typeOnly: match[2] !== undefined });
  }
  return { path: relative(src, path), layer: relative(src, path).split('/')[0]!, text, imports };
}

const sources = walk(src).map(load);
const rank = (layer: string) => LAYERS.findIndex((row) => row.includes(layer));

describe('boundaries', () => {
  it('every folder of src has a layer', () => {
    const unknown = sources.map((s) => s.layer).filter((l) => l !== 'errors.ts' && rank(l) < 0);
    expect([...new Set(unknown)]).toEqual([]);
  });

  it('imports point downwards', () => {
    const wrong: string[] = [];
    for (const source of sources) {
      for (const { target, typeOnly } of source.imports) {
        if (!target.startsWith('.')) continue;
        const to = relative(src, resolve(join(src, dirname(source.path)), target)).split('/')[0]!;
        if (to === 'errors.js' || source.layer === 'errors.ts' || to === source.layer) continue;
        // What a command is given (Context, Output) is a type that every layer below may name.
        if (typeOnly && to === 'commands') continue;
        if (rank(to) < rank(source.layer)) wrong.push(`${source.path} -> ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('the machine is reached through src/host, the terminal through src/cli', () => {
    const wrong: string[] = [];
    for (const source of sources) {
      for (const { target } of source.imports) {
        for (const [pattern, home] of RESERVED) {
          if (pattern.test(target) && source.layer !== home)
            wrong.push(`${source.path} -> ${target}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('only src/cli ends the process, prints or colours', () => {
    const wrong = sources
      .filter((s) => s.layer !== 'cli')
      .filter((s) =>
        /\bprocess\.exit\b|\bconsole\.\w+\(|process\.std(out|err)\.write/.test(
          withoutComments(s.text),
        ),
      )
      .map((s) => s.path);
    expect(wrong).toEqual([]);
  });

  it('what a module exports is final', () => {
    // The build hands exports on as plain objects (scripts/lib/groups.mjs).
    const wrong = sources
      .filter((s) => /^export (let|var) /m.test(withoutComments(s.text)))
      .map((s) => s.path);
    expect(wrong).toEqual([]);
  });

  it('every import leads to a file', () => {
    const missing: string[] = [];
    for (const source of sources) {
      for (const { target } of source.imports) {
        if (!target.startsWith('.')) continue;
        const file = resolve(join(src, dirname(source.path)), target).replace(/\.js$/, '.ts');
        if (!existsSync(file)) missing.push(`${source.path} -> ${target}`);
      }
    }
    expect(missing).toEqual([]);
  });

  it('modules do not import each other in circles', () => {
    const graph = new Map<string, string[]>();
    for (const source of sources) {
      const to = source.imports
        .filter((i) => i.target.startsWith('.') && !i.typeOnly)
        .map((i) =>
          relative(src, resolve(join(src, dirname(source.path)), i.target)).replace(/\.js$/, '.ts'),
        );
      graph.set(source.path, to);
    }
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (node: string, trail: string[]) => {
      const at = trail.indexOf(node);
      if (at >= 0) {
        circles.push([...trail.slice(at), node].join(' -> '));
        return;
      }
      if (done.has(node)) return;
      for (const next of graph.get(node) ?? []) visit(next, [...trail, node]);
      done.add(node);
    };
    for (const node of graph.keys()) visit(node, []);
    expect(circles).toEqual([]);
  });
});
