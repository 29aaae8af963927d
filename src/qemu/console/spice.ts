/** Letting a SPICE viewer in. */
import { randomBytes } from 'node:crypto';
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { runFile, runningPid } from '../runtime/state.js';
import { setTicket, TICKET_S } from './tickets.js';

export interface SpiceTicket {
  /** What a viewer opens. */
  address: string;
  ticket: string;
  /** How long the ticket holds. */
  seconds: number;
}

/** @throws PaveError where the VM does not run or has no SPICE */
export async function spiceTicket(host: Host, vmid: number): Promise<SpiceTicket> {
  if (runningPid(host, vmid) === undefined) throw new PaveError(`VM ${vmid} not running`);
  if (!host.files.exists(runFile(vmid, 'spice')))
    throw new PaveError(`VM ${vmid} has no SPICE display`, {
      hint: `qm set ${vmid} --vga qxl gives it one with the next start`,
    });
  const ticket = randomBytes(18).toString('base64url');
  await setTicket(host, vmid, 'spice', ticket);
  const address = `spice+unix://${host.path(runFile(vmid, 'spice'))}`;
  return { address, ticket, seconds: TICKET_S };
}
