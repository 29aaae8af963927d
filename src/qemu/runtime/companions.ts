/**
 * What a VM needs beside QEMU while it runs: helper programs, files, pages of memory. Each is made
 * before QEMU starts and taken away after its end, also after a failed start or a crash.
 */
import type { GuestConfig } from '../../config/types.js';
import type { GuestContext } from '../../guest/load.js';
import type { Platform } from '../../host/platform-types.js';
import type { BuiltCommand, CommandInput } from '../command/types.js';
import { cpuGroup } from './cpu-limits.js';
import { firmwareVariables } from './firmware-variables.js';
import { hugepages } from './hugepages.js';
import { passthrough } from './passthrough.js';
import { sharedMemory } from './shared-memory.js';
import { tpm } from './tpm.js';
import { virtiofs } from './virtiofs.js';

export interface Run {
  vmid: number;
  config: GuestConfig;
  /** Main section of the config. */
  values: ReadonlyMap<string, string>;
  platform: Platform;
  input: CommandInput;
  built: BuiltCommand;
}

export interface Companion {
  /** `the TPM`; completes `unable to remove …`. */
  what: string;
  /** Makes it where the config asks for it. @throws PaveError */
  prepare(ctx: GuestContext, run: Run): Promise<void> | void;
  /** QEMU runs now. */
  started?(ctx: GuestContext, run: Run): Promise<void> | void;
  /** Takes away what is there; does nothing where nothing is. QEMU is gone. */
  remove(ctx: GuestContext, vmid: number, config: GuestConfig): Promise<void> | void;
}

/** In the order they are made; taken away in the opposite one. */
export const COMPANIONS: readonly Companion[] = [
  firmwareVariables,
  tpm,
  cpuGroup,
  hugepages,
  sharedMemory,
  passthrough,
  virtiofs,
];
