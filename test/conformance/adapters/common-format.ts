import { fitsFormat } from '../../../src/schema/formats.js';
import { getRenderer, renderBytes, renderDuration } from '../../../src/schema/render.js';

type Input =
  | { op: 'configid'; text: string }
  | { op: 'render'; renderer: string; value: number; option: number | null };

export default {
  suite: 'common-format',

  run(input: Input, environment: { TZ?: string }): unknown {
    if (input.op === 'configid') return fitsFormat('pve-configid', input.text);
    const zone = process.env.TZ;
    if (environment.TZ !== undefined) process.env.TZ = environment.TZ;
    try {
      if (input.renderer === 'bytes') return renderBytes(input.value, input.option ?? undefined);
      if (input.renderer === 'duration') return renderDuration(input.value, Boolean(input.option));
      const renderer = getRenderer(input.renderer);
      if (!renderer) throw new Error(`no renderer '${input.renderer}'`);
      return renderer(input.value);
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  },
};
