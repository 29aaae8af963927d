/** Rate limits of a guest's port, both ways. Source: PVE::Network::setup_tc_rate_limit. */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';

const MIB = 1024 * 1024;
/** What may pass at once: 1 MiB. */
const BURST = MIB;

/** @param rate megabytes (2^20 bytes) a second */
export async function limitRate(host: Host, port: string, rate: number): Promise<void> {
  const bytes = Math.floor(rate * MIB);
  const tc = (...words: string[]) => host.run(['tc', ...words], { effect: 'change' });
  // To the guest: its packets wait in a queue.
  await tc('qdisc', 'replace', 'dev', port, 'root', 'handle', '1:', 'htb', 'default', '1');
  const shape = ['htb', 'rate', `${bytes}bps`, 'burst', `${BURST}b`];
  await tc('class', 'replace', 'dev', port, 'parent', '1:', 'classid', '1:1', ...shape);
  await limitSending(host, port, bytes);
}

/** From the guest nothing can wait: what is too much is dropped. */
async function limitSending(host: Host, port: string, bytes: number): Promise<void> {
  await host.run(['tc', 'qdisc', 'add', 'dev', port, 'handle', 'ffff:', 'ingress'], {
    effect: 'change',
  });
  const police = `rate ${bytes}bps burst ${BURST}b mtu 64kb drop`.split(' ');
  const result = await host.run(
    [
      'tc',
      'filter',
      'add',
      'dev',
      port,
      'parent',
      'ffff:',
      'prio',
      '50',
      'basic',
      'police',
      ...police,
    ],
    { effect: 'change', allowExit: 'any' },
  );
  if (result.code === 0) return;
  // A kernel without that classifier or without policing; nft can do the same.
  if (host.which('nft') === undefined)
    throw new PaveError(
      `the kernel cannot limit what is sent through ${port}: ${result.stderr.trim().split('\n')[0]}`,
      { hint: 'apt install nftables, which can do it too; or remove the rate' },
    );
  // Its bucket holds what a second brings and the burst on top.
  const burst = Math.max(1, BURST - bytes);
  const rule = `limit rate over ${bytes} bytes/second burst ${burst} bytes drop`;
  const table = rateTable(port);
  await host.run(
    [
      'nft',
      `add table netdev ${table} ; delete table netdev ${table} ; table netdev ${table} { chain sent { type filter hook ingress device ${port} priority 0 ; ${rule} ; } ; }`,
    ],
    { effect: 'change' },
  );
}

function rateTable(port: string): string {
  return `pave_rate_${port}`;
}

/** The queues go with the device; the table of nft does not. */
export async function dropRate(host: Host, port: string): Promise<void> {
  if (host.which('nft') === undefined) return;
  await host.run(['nft', 'delete', 'table', 'netdev', rateTable(port)], {
    effect: 'change',
    allowExit: 'any',
  });
}
