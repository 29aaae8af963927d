/** All backup jobs of the cluster, from both files. */
import type { Store } from '../../cluster/store.js';
import { PaveError } from '../../errors.js';
import { JOBS_CFG, type Job, parseJobs } from './jobs-cfg.js';
import { parseVzdumpCron, VZDUMP_CRON } from './vzdump-cron.js';

/** Those of jobs.cfg first, in the order of the files; other kinds than `vzdump` are left out. */
export function allJobs(
  store: Pick<Store, 'read'>,
  warn: (text: string) => void = () => {},
): Job[] {
  return [
    ...parseJobs(store.read(JOBS_CFG) ?? '', warn).filter(({ type }) => type === 'vzdump'),
    ...parseVzdumpCron(store.read(VZDUMP_CRON) ?? '', warn),
  ];
}

/** @throws PaveError that names the jobs there are */
export function requireJob(store: Pick<Store, 'read'>, id: string): Job {
  const jobs = allJobs(store);
  const job = jobs.find((candidate) => candidate.id === id);
  if (job !== undefined) return job;
  const known = jobs.map((candidate) => candidate.id).join(', ');
  throw new PaveError(`no such job '${id}'`, { hint: `jobs: ${known || 'none'}` });
}
