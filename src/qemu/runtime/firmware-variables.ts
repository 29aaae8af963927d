/** UEFI variables of a VM that has no disk for them: a fresh copy, kept only while it runs. */
import { PaveError } from '../../errors.js';
import type { Companion } from './companions.js';
import { RUN_DIR } from './state.js';

const DIR = `${RUN_DIR}/efidisk`;

export const firmwareVariables: Companion = {
  what: 'the temporary UEFI variables',
  prepare({ host }, { built }) {
    const { temporaryVars } = built;
    if (temporaryVars === undefined) return;
    const fresh = host.files.readBytes(temporaryVars.template);
    if (fresh === undefined)
      throw new PaveError(`EFI vars image '${temporaryVars.template}' not found`);
    host.files.mkdir(DIR);
    host.files.write(temporaryVars.path, fresh, { mode: 0o600 });
  },
  remove({ host }, vmid) {
    host.files.unlink(`${DIR}/${vmid}-ovmf.fd`);
  },
};
