/** Mail through the machine's own sendmail. */
import { randomBytes } from 'node:crypto';
import type { Store } from '../../cluster/store.js';
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';

export interface Mail {
  to: readonly string[];
  subject: string;
  body: string;
  /** Display name of the sender. */
  author: string;
  from?: string | undefined;
}

/**
 * Who gets mail for a name of `--mailto`: an address as it is, `user@realm` as user.cfg says.
 * Undefined where the user has no address.
 */
export function mailAddress(store: Pick<Store, 'read'>, name: string): string | undefined {
  const users = store.read('user.cfg') ?? '';
  for (const line of users.split('\n')) {
    const [kind, user, , , , , email] = line.split(':');
    if (kind === 'user' && user === name) return email === '' ? undefined : email;
  }
  return /^[^@\s]+@(pam|pve|pbs)$/.test(name) ? undefined : name;
}

/** `email_from` of datacenter.cfg. */
export function senderAddress(store: Pick<Store, 'read'>): string | undefined {
  return /^email_from:\s*(\S+)\s*$/m.exec(store.read('datacenter.cfg') ?? '')?.[1];
}

/** The message with its headers; plain text in UTF-8. `now` in milliseconds since the epoch. */
export function mailMessage(mail: Mail, from: string, now: number): string {
  return [
    `From: ${headerText(mail.author)} <${from}>`,
    `To: ${mail.to.join(', ')}`,
    `Subject: ${headerText(mail.subject)}`,
    `Date: ${new Date(now).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${randomBytes(16).toString('hex')}@${from.split('@')[1] ?? 'localhost'}>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=UTF-8',
    'Content-Transfer-Encoding: base64',
    'Auto-Submitted: auto-generated',
    '',
    Buffer.from(mail.body).toString('base64').replace(/.{76}/g, '$&\n'),
    '',
  ].join('\n');
}

/** Nothing of the text can begin another header. */
function headerText(text: string): string {
  const line = text.replace(/[\r\n]+/g, ' ');
  if (/^[\x20-\x7e]*$/.test(line)) return line;
  // Each encoded word holds whole characters, and at most 75 letters.
  const words = line.match(/.{1,10}/gsu) ?? [];
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join('\n ');
}

/** @throws PaveError where there is no sendmail or it fails */
export async function sendMail(host: Host, store: Store, fqdn: string, mail: Mail): Promise<void> {
  const from = mail.from ?? senderAddress(store) ?? `root@${fqdn}`;
  if (host.which('sendmail') === undefined)
    throw new PaveError(
      `no mail can be sent to ${mail.to.join(', ')}: there is no sendmail on this machine`,
      { hint: 'apt install postfix (or another mail server, e.g. msmtp-mta)' },
    );
  await host.run(['sendmail', '-B', '8BITMIME', '-f', from, '--', ...mail.to], {
    effect: 'change',
    input: mailMessage(mail, from, host.clock.now()),
    timeoutMs: 120_000,
    purpose: `mail: ${mail.subject}`,
  });
}
