import { PaveError } from '../../../errors.js';
import { boolean, integer, rowsOf } from '../../../schema/props.js';
import { type LogLine, readTaskLog } from '../../../task/read-log.js';
import { defineCommand } from '../../define.js';
import { requireUpid, upidArg } from './schema.js';

/** What the original sets, so that the whole log is shown. */
const LIMIT = 1_000_000;

export default defineCommand({
  summary: "Print a task's log.",
  args: upidArg,
  options: {
    download: boolean({
      description:
        "Of the original's web interface; the command line has nothing to download to and refuses it.",
    }),
    start: integer({ description: 'Leave out so many lines first.', minimum: 0, default: 0 }),
  },
  fixed: { node: '<localnode>', limit: String(LIMIT) },
  effect: 'read',
  returns: rowsOf({
    n: { type: 'integer', description: 'Line number' },
    t: { type: 'string', description: 'Line text' },
  }),
  text: (lines: LogLine[]) => lines.map((line) => `${line.t}\n`).join(''),
  run(ctx, { upid, start, download }): LogLine[] {
    requireUpid(upid);
    if (download) {
      throw new PaveError("'download' cannot be used together with 'start' or 'limit' parameters", {
        hint: 'pvenode task log <upid> > FILE',
      });
    }
    return readTaskLog(ctx.host, upid, start, LIMIT);
  },
});
