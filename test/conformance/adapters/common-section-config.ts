import {
  parseSections,
  type SectionConfigSpec,
  type SectionType,
  writeSections,
} from '../../../src/config/section-config.js';
import { createSchema, updateSchema } from '../../../src/config/section-schema.js';
import type { PropSchema } from '../../../src/schema/types.js';

interface Plugins {
  isolation: number;
  propertyList: Record<string, PropSchema>;
  types: Record<string, SectionType>;
}

interface Input {
  op: 'parse' | 'reparse' | 'fail' | 'createSchema' | 'updateSchema';
  plugins: string;
  raw?: string;
  allow_unknown?: number;
}

export default {
  suite: 'common-section-config',

  run(input: Input, environment: { plugins: Record<string, Plugins> }): unknown {
    const { isolation, propertyList, types } = environment.plugins[input.plugins]!;
    const spec: SectionConfigSpec = { base: propertyList, types, isolated: isolation === 1 };
    if (input.op === 'createSchema') return createSchema(spec);
    if (input.op === 'updateSchema') return updateSchema(spec);
    const parse = (text: string) => {
      const unknown: string[] = [];
      const file = parseSections(spec, text, {
        file: 'test',
        // Ours always keeps unknown types, and says so.
        warn: (line) => unknown.push(line),
      });
      const bad = input.allow_unknown
        ? unknown.filter((line) => !line.includes('unsupported type'))
        : unknown;
      if (bad.length > 0) throw new Error(bad.join('\n'));
      return file.sections;
    };
    try {
      let sections = parse(input.raw ?? '');
      if (input.op === 'reparse') sections = parse(writeSections(spec, sections));
      return {
        ids: Object.fromEntries(
          [...sections].map(([id, { type, values }]) => [id, { ...values, type }]),
        ),
        order: Object.fromEntries([...sections.keys()].map((id, i) => [id, i + 1])),
      };
    } catch {
      return { error: true };
    }
  },
};
