/** Memory of a VM that its host cannot read. */
import type { PropertyFormat } from '../../schema/types.js';

export const amdSevFormat = {
  'allow-smt': {
    type: 'boolean',
    optional: true,
    default: 1,
    description: 'Allow the guest to run where simultaneous multithreading is on (SNP).',
  },
  'kernel-hashes': {
    type: 'boolean',
    optional: true,
    default: 0,
    description: 'Add hashes of kernel, initrd and command line to the measured firmware.',
  },
  'no-debug': {
    type: 'boolean',
    optional: true,
    default: 0,
    description: 'Forbid the host to debug the guest.',
  },
  'no-key-sharing': {
    type: 'boolean',
    optional: true,
    default: 0,
    description: 'Forbid sharing the key with other guests.',
  },
  type: {
    type: 'string',
    enum: ['std', 'es', 'snp'],
    default_key: true,
    maxLength: 3,
    format_description: 'sev-type',
    description:
      'Kind of protection: plain SEV, with encrypted state (ES), or with nested paging (SNP).',
  },
} satisfies PropertyFormat;

export const intelTdxFormat = {
  attestation: {
    type: 'boolean',
    default: 1,
    description: 'Let the guest prove what it is through a quote service.',
  },
  type: {
    type: 'string',
    enum: ['tdx'],
    default_key: true,
    format_description: 'tdx-type',
    description: 'Kind of protection.',
  },
  'vsock-cid': {
    type: 'integer',
    optional: true,
    default: 2,
    minimum: 2,
    description: 'Context id the quote service is reached at.',
  },
  'vsock-port': {
    type: 'integer',
    optional: true,
    default: 4050,
    minimum: 0,
    description: 'Port the quote service is reached at.',
  },
} satisfies PropertyFormat;
