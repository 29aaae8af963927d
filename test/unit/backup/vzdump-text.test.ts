import { describe, expect, it } from 'vitest';
import { archiveSize, clockTime } from '../../../src/backup/vzdump/format.js';
import { mailMessage } from '../../../src/backup/vzdump/mail.js';
import { type JobReport, mailBody, mailSubject } from '../../../src/backup/vzdump/mail-text.js';
import { notificationRoutes } from '../../../src/backup/vzdump/notification-cfg.js';

describe('sizes and times of the log', () => {
  it.each([
    [0, '0KB'],
    [1023 * 1024, '1023KB'],
    [1024 * 1024, '1MB'],
    [1536 * 1024 * 1024, '1.50GB'],
    [1024 ** 4 * 2, '2.00TB'],
  ])('%d bytes', (bytes, text) => expect(archiveSize(bytes)).toBe(text));
  it('hours go on past a day', () => {
    expect(clockTime(100 * 3600 + 61)).toBe('100:01:01');
  });
});

const report: JobReport = {
  command: 'vzdump 100 101',
  guests: [
    { vmid: 100, name: 'web', state: 'ok', seconds: 65, size: 3 << 20, target: '/d/a.vma' },
    { vmid: 101, state: 'err', message: 'broken', seconds: 0, size: 0 },
  ],
  seconds: 3700,
  before: [],
  after: [],
  logs: new Map([[100, 'one\nstatus: 5\ntwo\n']]),
};

describe('the mail', () => {
  it('has a table of the guests and their logs', () => {
    expect(mailSubject(report, 'n1.example.org')).toBe(
      'vzdump backup status (n1.example.org): backup failed',
    );
    expect(mailBody(report)).toBe(`Details
=======
VMID    Name      Status    Time     Size     Filename
100     web       ok        1m 5s    3 MiB    /d/a.vma
101     VM 101    err       0s       0 B      null

Total running time: 1h 1m 40s
Total size: 3 MiB

Logs
====
vzdump 100 101

100: one
100: two

101: no log available


`);
  });

  it('says why the whole job failed', () => {
    const failed = (error: string) => ({ ...report, guests: [], error });
    expect(mailSubject(failed('no target'), 'n')).toMatch(/: backup failed: no target$/);
    expect(mailSubject(failed('a\nb'), 'n')).toMatch(/: backup failed: multiple problems$/);
    expect(mailBody(failed('a\nb'))).toMatch(/^a\nb\n/);
  });

  it('sends no endless logs', () => {
    const logs = new Map([[100, 'x'.repeat(2 << 20)]]);
    expect(mailBody({ ...report, logs }).length).toBeLessThan(2000);
  });

  it('keeps headers on their line and other letters whole', () => {
    const mail = { to: ['a@b.c'], subject: 'Grüße\nBcc: x@y.z', body: 'ä\n', author: 'vzdump' };
    const text = mailMessage(mail, 'root@n1', 0);
    expect(text).not.toMatch(/^Bcc:/m);
    const subject = /^Subject: ((?:.*\n ?)+?)Date:/m.exec(text)![1]!;
    const words = [...subject.matchAll(/=\?UTF-8\?B\?(.*?)\?=/g)].map((match) => match[1]!);
    expect(words.map((word) => Buffer.from(word, 'base64').toString('utf8')).join('')).toBe(
      'Grüße Bcc: x@y.z',
    );
  });
});

describe('notifications.cfg', () => {
  const MONDAY_NOON = new Date(2024, 0, 1, 12, 0).getTime();
  const fields = { type: 'vzdump', hostname: 'n1', 'job-id': 'nightly' };
  const targets = (matcher: string, severity: 'info' | 'error' = 'info') => {
    const text = `sendmail: a\n\tmailto a@x.y\n\nmatcher: m\n\ttarget a\n${matcher}\nmatcher: default-matcher\n\tdisable 1\n`;
    return notificationRoutes(text, { severity, fields, time: MONDAY_NOON }).mail.map(
      ({ name }) => name,
    );
  };
  it.each<[string, boolean]>([
    ['', true],
    ['\tmatch-severity error,warning\n', false],
    ['\tmatch-severity info\n', true],
    ['\tmatch-field exact:type=replication,vzdump\n', true],
    ['\tmatch-field exact:type=fencing\n', false],
    ['\tmatch-field regex:hostname=^n\\d$\n', true],
    ['\tmatch-field exact:job-id=weekly\n\tmatch-field exact:type=vzdump\n', false],
    ['\tmatch-field exact:job-id=weekly\n\tmatch-field exact:type=vzdump\n\tmode any\n', true],
    ['\tmatch-severity error\n\tinvert-match 1\n', true],
    ['\tmatch-calendar mon..fri 8:00-17:00\n', true],
    ['\tmatch-calendar sat,sun 8:00-17:00\n', false],
    ['\tdisable 1\n', false],
  ])('matcher %j', (matcher, fits) => {
    expect(targets(matcher)).toEqual(fits ? ['a'] : []);
  });

  it('without the file root gets mail', () => {
    const routes = notificationRoutes('', { severity: 'info', fields, time: 0 });
    expect(routes.mail).toMatchObject([{ name: 'mail-to-root', recipients: ['root@pam'] }]);
  });
});
