/** Making, changing and removing jobs. Source: API2/Backup.pm. */
import { randomBytes } from 'node:crypto';
import type { Context } from '../../commands/define.js';
import { ParamError, PaveError } from '../../errors.js';
import { optionConflicts } from '../vzdump/verify.js';
import { requireJob } from './all.js';
import { changeJob, type Job, jobValues } from './jobs-cfg.js';
import { removeState, synchronizeStates } from './state.js';
import { dropCronJob, VZDUMP_CRON } from './vzdump-cron.js';

type Values = Record<string, unknown>;
type EditContext = Pick<Context, 'host' | 'store'>;

/** A name as the web interface of Proxmox VE makes them. */
export function newJobId(): string {
  const hex = randomBytes(6).toString('hex');
  return `backup-${hex.slice(0, 8)}-${hex.slice(8)}`;
}

/** @throws PaveError, ParamError where the options do not go together */
export async function addJob(ctx: EditContext, id: string, values: Values): Promise<void> {
  const all = {
    ...values,
    ...(impliesAll(values) ? { all: true } : {}),
    enabled: values.enabled ?? true,
  };
  assertFits(all);
  await changeJob(ctx.store, id, (job) => {
    if (job !== undefined) throw new PaveError(`Job '${id}' already exists`);
    return all;
  });
  await rememberJobs(ctx, id);
}

/**
 * Given values take the place of the job's; a new choice of guests replaces the old one. A job of
 * vzdump.cron moves to jobs.cfg.
 */
export async function setJob(
  ctx: EditContext,
  id: string,
  values: Values,
  remove: readonly string[],
): Promise<void> {
  const known = requireJob(ctx.store, id);
  const edit = (job: Job): Values => {
    const changed = { ...jobValues(job), ...values };
    for (const key of remove) delete changed[key];
    if (impliesAll(changed)) changed.all = true;
    for (const key of replacedBy(values, changed)) delete changed[key];
    assertFits(changed);
    return changed;
  };
  if (known.source === 'vzdump.cron') {
    // In jobs.cfg first: should we be killed between, it is there twice, not gone.
    await changeJob(ctx.store, id, () => edit(known));
    await ctx.store.update(VZDUMP_CRON, (text) => dropCronJob(text, id));
  } else
    await changeJob(ctx.store, id, (job) => {
      if (job === undefined) throw new PaveError(`no such job '${id}'`);
      return edit(job);
    });
  await rememberJobs(ctx, id);
}

export async function removeJob(ctx: EditContext, id: string): Promise<void> {
  const job = requireJob(ctx.store, id);
  if (job.source === 'vzdump.cron')
    await ctx.store.update(VZDUMP_CRON, (text) => dropCronJob(text, id));
  else await changeJob(ctx.store, id, () => undefined);
  removeState(ctx.host, job);
}

const impliesAll = ({ exclude, pool }: Values) => exclude !== undefined && pool === undefined;

/** Which keys a new choice of guests makes meaningless. */
function replacedBy(values: Values, changed: Values): string[] {
  if (values.vmid !== undefined) return ['all', 'exclude', 'pool'];
  if (values.all) return ['vmid', 'pool'];
  return changed.pool === undefined ? [] : ['vmid', 'all', 'exclude'];
}

function assertFits(values: Values): void {
  const errors = optionConflicts(values);
  if (values.schedule === undefined) errors.schedule = 'property is missing and it is not optional';
  if (Object.keys(errors).length > 0) throw new ParamError(errors);
}

/** The job counts from now on: its next run is the next time of its schedule. */
async function rememberJobs(ctx: EditContext, id: string): Promise<void> {
  const job = requireJob(ctx.store, id);
  await synchronizeStates(ctx.host, [job], { others: false });
}
