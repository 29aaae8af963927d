import { emptyGuestConfig, parsePendingDelete } from '../../../src/config/guest-config.js';
import { printPendingDelete } from '../../../src/config/guest-config-write.js';
import type { ConfigSection, GuestConfig } from '../../../src/config/types.js';
import {
  addPendingDelete,
  cleanupPending,
  removePendingDelete,
} from '../../../src/guest/pending.js';

type Deletes = Record<string, { force: number | boolean }>;
type Flat = Record<string, unknown> & { pending?: Record<string, unknown> };

interface Input {
  method: string;
  params: unknown[];
  result_is_param: number | null;
}

/** The original keeps a config as one flat object, with the pending one below `pending`. */
function fromFlat(flat: Flat): GuestConfig {
  const config = emptyGuestConfig('qemu');
  const fill = (section: ConfigSection, values: Record<string, unknown>) => {
    for (const [key, value] of Object.entries(values)) {
      if (key === 'pending' || key === 'delete' || value === null) continue;
      if (key === 'description') section.description = String(value);
      else section.values.set(key, String(value));
    }
  };
  fill(config.main, flat);
  fill(config.pending, flat.pending ?? {});
  config.pending.deletes = parsePendingDelete(String(flat.pending?.delete ?? ''));
  return config;
}

/** `asked`: the pending part is shown also when nothing is in it. */
function toFlat({ main, pending }: GuestConfig, asked: boolean): Flat {
  const flat = (section: ConfigSection) => ({
    ...Object.fromEntries(section.values),
    ...(section.description === undefined ? {} : { description: section.description }),
  });
  const deletes = printPendingDelete(pending.deletes);
  const waiting = { ...flat(pending), ...(deletes === '' ? {} : { delete: deletes }) };
  const shown = asked || Object.keys(waiting).length > 0;
  return { ...flat(main), ...(shown ? { pending: waiting } : {}) };
}

export default {
  suite: 'guest-pending',

  run({ method, params, result_is_param }: Input): unknown {
    if (method === 'parse_pending_delete') {
      const deletes = parsePendingDelete(String(params[0] ?? ''));
      return Object.fromEntries([...deletes].map(([key, { force }]) => [key, { force }]));
    }
    if (method === 'print_pending_delete') {
      const deletes = Object.entries((params[0] ?? {}) as Deletes).map(
        ([key, { force }]) => [key, { force: Boolean(force) }] as const,
      );
      return printPendingDelete(new Map(deletes));
    }
    const config = fromFlat((params[0] ?? {}) as Flat);
    const key = String(params[1]);
    let result: unknown;
    const asked = method === 'cleanup_pending' || (params[0] as Flat | null)?.pending !== undefined;
    if (method === 'add_to_pending_delete') addPendingDelete(config, key, Boolean(params[2]));
    else if (method === 'remove_from_pending_delete') removePendingDelete(config, key);
    else if (method === 'cleanup_pending') result = cleanupPending(config);
    else throw new Error(`no function of ours does ${method}`);
    return result_is_param === null && method === 'cleanup_pending'
      ? result
      : toFlat(config, asked);
  },
};
