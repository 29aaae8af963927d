/** /etc/pve/jobs.cfg: reading all jobs, changing one and leaving every other byte as it is. */
import type { Store } from '../../cluster/store.js';
import { parseSections, type Section, writeSections } from '../../config/section-config.js';
import { dropSection, putSection } from '../../config/section-text.js';
import { PaveError } from '../../errors.js';
import type { VzdumpInput } from '../vzdump/run.js';
import { JOBS_SPEC } from './spec.js';

export const JOBS_CFG = 'jobs.cfg';

export type JobOptions = Omit<VzdumpInput, 'job-id' | 'stdout'>;

export interface Job {
  id: string;
  /** The only one that Pavé runs is `vzdump`. */
  type: string;
  /** The file it stands in. */
  source: 'jobs.cfg' | 'vzdump.cron';
  schedule: string;
  enabled: boolean;
  repeatMissed: boolean;
  comment?: string | undefined;
  options: JobOptions;
  /** Values that do not fit. Without them it would do something else than it says: it is not run. */
  problems: readonly string[];
}

const SCHEDULE_KEYS = new Set(['schedule', 'enabled', 'repeat-missed', 'comment']);

/** Jobs in the order of the file; what does not fit is told to `warn`. */
export function parseJobs(text: string, warn: (text: string) => void = () => {}): Job[] {
  const { sections, errors } = parseSections(JOBS_SPEC, text, { file: JOBS_CFG, warn });
  return [...sections].map(([id, section]) => {
    const wrong = errors.filter(({ section: of, reason }) => of === id && !HARMLESS.test(reason));
    const problems = wrong.map(({ context, key, reason }) => `${context}: ${key}: ${reason}`);
    return { ...jobOf(id, section), problems };
  });
}

/** What a newer version writes, and what the original passes over as well. */
const HARMLESS = /^(unexpected property|duplicate attribute)/;

function jobOf(id: string, { type, values }: Section): Omit<Job, 'problems'> {
  const options: Record<string, unknown> = {};
  const properties = JOBS_SPEC.types.vzdump!.properties;
  for (const [key, value] of Object.entries(values)) {
    if (SCHEDULE_KEYS.has(key) || type !== 'vzdump') continue;
    options[key] = properties[key]?.type === 'boolean' ? Number(value) === 1 : value;
  }
  return {
    id,
    type,
    source: 'jobs.cfg',
    schedule: String(values.schedule ?? ''),
    enabled: Number(values.enabled ?? 1) !== 0,
    repeatMissed: Number(values['repeat-missed'] ?? 0) === 1,
    comment: values.comment === undefined ? undefined : String(values.comment),
    options: options as JobOptions,
  };
}

/** A job's section as text. @throws PaveError where the schedule is missing */
export function jobText(id: string, values: Readonly<Record<string, unknown>>): string {
  const given: Section['values'] = {};
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) continue;
    given[key] = typeof value === 'boolean' ? Number(value) : (value as string | number | string[]);
  }
  return writeSections(JOBS_SPEC, new Map([[id, { type: 'vzdump', values: given, rest: [] }]]));
}

/** Every key of a job as it would be written. */
export function jobValues(job: Job): Record<string, unknown> {
  return {
    ...job.options,
    schedule: job.schedule,
    enabled: job.enabled,
    ...(job.repeatMissed ? { 'repeat-missed': true } : {}),
    ...(job.comment === undefined ? {} : { comment: job.comment }),
  };
}

/** Under the file's lock. @throws PaveError where the job is there already, or is not */
export async function changeJob(
  store: Store,
  id: string,
  change: (job: Job | undefined) => Readonly<Record<string, unknown>> | undefined,
): Promise<void> {
  await store.update(JOBS_CFG, (text) => {
    const job = parseJobs(text).find((candidate) => candidate.id === id);
    if (job !== undefined && job.type !== 'vzdump')
      throw new PaveError(`job '${id}' is of type '${job.type}', which Pavé does not know`);
    const values = change(job);
    return values === undefined ? dropSection(text, id) : putSection(text, id, jobText(id, values));
  });
}
