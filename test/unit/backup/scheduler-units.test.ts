import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { serviceUnit, TIMER_UNIT } from '../../../src/backup/jobs/service.js';

it('the units in systemd/ are those that pvescheduler start writes', () => {
  expect(readFileSync('systemd/pave-scheduler.service', 'utf8')).toBe(
    serviceUnit('/usr/bin/env pvescheduler'),
  );
  expect(readFileSync('systemd/pave-scheduler.timer', 'utf8')).toBe(TIMER_UNIT);
});
