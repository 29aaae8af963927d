import { statusOfLog } from '../../../src/task/status.js';
import { decodeUpid, encodeUpid, type TaskId } from '../../../src/task/upid.js';

type Input =
  | { op: 'decode'; upid: string }
  | { op: 'encode'; task: TaskId }
  | { op: 'status'; log: string };

export default {
  suite: 'common-upid',

  run(input: Input): unknown {
    switch (input.op) {
      case 'decode': {
        const value = decodeUpid(input.upid);
        return value === undefined ? { error: true } : { value };
      }
      case 'encode':
        return { upid: encodeUpid(input.task) };
      case 'status':
        return statusOfLog(input.log);
    }
  },
};
