/** Passwords that let a viewer in to a running VM's display, for a short time. */
import { randomBytes } from 'node:crypto';
import type { Host } from '../../host/types.js';
import { withQmp } from '../qmp/client.js';

/** Seconds a viewer has to use his ticket. */
export const TICKET_S = 30;

type Protocol = 'vnc' | 'spice';

/** VNC knows no more than eight characters of a password. */
export function newTicket(): string {
  return randomBytes(6).toString('base64url');
}

export async function setTicket(
  host: Host,
  vmid: number,
  protocol: Protocol,
  password: string,
): Promise<void> {
  await withQmp(host, vmid, async (qmp) => {
    await qmp.execute('set_password', { protocol, password });
    await qmp.execute('expire_password', { protocol, time: `+${TICKET_S}` });
  });
}

/** From now on nobody gets in with it; who is in stays. */
export async function voidTicket(host: Host, vmid: number, protocol: Protocol): Promise<void> {
  await withQmp(host, vmid, (qmp) => qmp.execute('expire_password', { protocol, time: 'now' }));
}
