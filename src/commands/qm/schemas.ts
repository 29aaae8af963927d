/** Shapes of what qm's commands return. */
import type { PropSchema } from '../../schema/types.js';

const bytes: PropSchema = { type: 'integer', optional: true, renderer: 'bytes' };
const text: PropSchema = { type: 'string', optional: true };
const number: PropSchema = { type: 'number', optional: true };

export const vmListSchema: PropSchema = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      vmid: { type: 'integer' },
      status: { type: 'string', enum: ['stopped', 'running'] },
      name: text,
      qmpstatus: text,
      pid: { type: 'integer', optional: true },
      cpu: number,
      cpus: number,
      maxmem: bytes,
      mem: bytes,
      maxdisk: bytes,
      diskread: bytes,
      diskwrite: bytes,
      netin: bytes,
      netout: bytes,
      uptime: { type: 'integer', optional: true, renderer: 'duration' },
      lock: text,
      tags: text,
      template: { type: 'boolean', optional: true },
      serial: { type: 'boolean', optional: true },
      'running-qemu': text,
    },
  },
};
