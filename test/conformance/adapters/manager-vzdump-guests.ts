import { includedGuests } from '../../../src/backup/vzdump/guests.js';

interface Environment {
  pools: Record<string, number[]>;
  vmlist: { ids: Record<string, { node: string }> };
}

interface Input {
  param: { all?: number; exclude?: string; node?: string; pool?: string; vmid?: string };
}

export default {
  suite: 'manager-vzdump-guests',

  run({ param }: Input, { pools, vmlist }: Environment) {
    const known = {
      nodeOf: new Map(Object.entries(vmlist.ids).map(([id, { node }]) => [Number(id), node])),
      pools: new Map(Object.entries(pools)),
    };
    return Object.fromEntries(includedGuests({ ...param, all: param.all === 1 }, known));
  },
};
