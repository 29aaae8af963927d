/**
 * Who hears of a backup job: `--mailto`, or whom /etc/pve/notifications.cfg names. Of the notification
 * system the sendmail targets and the matchers work; without the file root@pam gets mail.
 * Source: VZDump.pm send_notification, proxmox-notify.
 */
import type { Context } from '../../commands/define.js';
import { messageOf, PaveError } from '../../errors.js';
import type { BackupLog } from './log.js';
import { mailAddress, sendMail } from './mail.js';
import { isFailure, type JobReport, mailBody, mailSubject } from './mail-text.js';
import { type Notification, notificationRoutes } from './notification-cfg.js';
import type { Settings } from './settings.js';

export interface Notice {
  settings: Pick<Settings, 'mailto' | 'mailnotification' | 'notification-mode'>;
  report: JobReport;
  jobId?: string | undefined;
}

/** What fails is logged: the backup itself is done. */
export async function notify(ctx: Context, log: BackupLog, notice: Notice): Promise<void> {
  try {
    const { settings } = notice;
    const mode = settings['notification-mode'];
    const mailto = settings.mailto ?? [];
    if (mode === 'legacy-sendmail' || (mode === 'auto' && mailto.length > 0))
      await toRecipients(ctx, notice, mailto);
    else await throughSystem(ctx, log, notice);
  } catch (error) {
    log.error(`could not notify - ${messageOf(error)}`);
    if (error instanceof PaveError && error.hint !== undefined) log.info(error.hint);
  }
}

async function toRecipients(
  ctx: Context,
  { settings, report }: Notice,
  mailto: readonly string[],
): Promise<void> {
  if (mailto.length === 0) return;
  if (settings.mailnotification === 'failure' && !isFailure(report)) return;
  await mail(ctx, report, addresses(ctx, mailto), { author: 'vzdump backup tool' });
}

async function throughSystem(
  ctx: Context,
  log: BackupLog,
  { report, jobId }: Notice,
): Promise<void> {
  const notification: Notification = {
    severity: isFailure(report) ? 'error' : 'info',
    fields: {
      type: 'vzdump',
      hostname: ctx.host.node,
      ...(jobId === undefined ? {} : { 'job-id': jobId }),
    },
    time: ctx.host.clock.now(),
  };
  const text = ctx.store.read('notifications.cfg');
  const routes = notificationRoutes(text ?? '', notification);
  for (const target of routes.unsupported)
    log.warn(
      `notification target '${target.name}' (${target.type}) is not supported: not notified`,
    );
  for (const target of routes.mail) {
    // The built-in target is silent where root has no address.
    const to = target.recipients.flatMap((name) => mailAddress(ctx.store, name) ?? []);
    if (to.length === 0) {
      if (!target.builtin)
        log.warn(
          `notification target '${target.name}': ${target.recipients.join(', ')} has no mail address`,
        );
      continue;
    }
    await mail(ctx, report, to, {
      author: target.author ?? 'Proxmox VE',
      ...(target.from === undefined ? {} : { from: target.from }),
    });
  }
}

function addresses(ctx: Context, names: readonly string[]): string[] {
  const to = names.map((name) => ({ name, address: mailAddress(ctx.store, name) }));
  const without = to.filter(({ address }) => address === undefined).map(({ name }) => name);
  if (without.length === to.length)
    throw new PaveError(`no mail address known for ${without.join(', ')}`);
  return to.flatMap(({ address }) => address ?? []);
}

async function mail(
  ctx: Context,
  report: JobReport,
  to: readonly string[],
  sender: { author: string; from?: string },
): Promise<void> {
  const fqdn = await fullName(ctx);
  const message = { to, subject: mailSubject(report, fqdn), body: mailBody(report), ...sender };
  await sendMail(ctx.host, ctx.store, fqdn, message);
}

async function fullName(ctx: Context): Promise<string> {
  const { code, stdout } = await ctx.host.run(['hostname', '-f'], {
    effect: 'read',
    allowExit: 'any',
  });
  return code === 0 && stdout.trim() !== '' ? stdout.trim() : ctx.host.node;
}
