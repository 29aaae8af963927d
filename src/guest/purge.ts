/** What other files say about a guest that is removed. Source: the destroy calls of the original's API. */
import { dropSection } from '../config/section-text.js';
import { PaveError } from '../errors.js';
import { splitList } from '../schema/lists.js';
import type { GuestContext } from './load.js';

const REPLICATION = 'replication.cfg';
const JOBS = 'jobs.cfg';
const HA = 'ha/resources.cfg';

/** Lines `type: id` of a section file, with their offsets among the lines. */
function headers(text: string): { type: string; id: string }[] {
  return [...text.matchAll(/^([^\s#:]+):[ \t]*(\S+)[ \t]*$/gm)].map(([, type, id]) => ({
    type: type!,
    id: id!,
  }));
}

function isHaManaged(text: string, vmid: number): boolean {
  return headers(text).some(
    ({ type, id }) => (type === 'vm' || type === 'ct') && id === String(vmid),
  );
}

/** Ids of the replication jobs of a guest: `<vmid>-<number>`. */
function replicationJobs(text: string, vmid: number): string[] {
  return headers(text)
    .map(({ id }) => id)
    .filter((id) => id.startsWith(`${vmid}-`));
}

/** @throws PaveError when something that only `--purge` takes away refers to the guest */
export function refuseWithoutPurge(ctx: GuestContext, kind: 'VM' | 'CT', vmid: number): void {
  const hint = 'add --purge 1 to take it out of there as well';
  if (isHaManaged(ctx.store.read(HA) ?? '', vmid))
    throw new PaveError(
      `unable to remove ${kind} ${vmid} - used in HA resources and purge parameter not set.`,
      { hint },
    );
  const [job] = replicationJobs(ctx.store.read(REPLICATION) ?? '', vmid);
  if (job !== undefined)
    throw new PaveError(
      `There is a replication job '${job}' for guest '${vmid}' - Please remove that first.`,
      { hint },
    );
}

/** Permissions on the guest and its place in pools go with it in any case. */
export async function forgetAccess(ctx: GuestContext, vmid: number): Promise<void> {
  if (!(ctx.store.read('user.cfg') ?? '').includes(String(vmid))) return;
  await ctx.store.update('user.cfg', (text) => withoutAccess(text, vmid));
}

/** user.cfg without the permissions of a guest and its places in pools. */
export function withoutAccess(text: string, vmid: number): string {
  const kept: string[] = [];
  for (const line of text.split('\n')) {
    const [kind, name, comment, guests, ...rest] = line.split(':');
    if (kind === 'acl' && comment === `/vms/${vmid}`) continue;
    if (kind === 'pool' && guests !== undefined) {
      const left = splitList(guests).filter((id) => id !== String(vmid));
      kept.push([kind, name, comment, left.join(','), ...rest].join(':'));
    } else kept.push(line);
  }
  return kept.join('\n');
}

/** Takes the guest out of replication, backup jobs and high availability. */
export async function purgeGuest(
  ctx: GuestContext,
  kind: 'VM' | 'CT',
  vmid: number,
): Promise<void> {
  ctx.out.line(`purging ${kind} ${vmid} from related configurations..`);
  const { store } = ctx;
  if (replicationJobs(store.read(REPLICATION) ?? '', vmid).length > 0)
    await store.update(REPLICATION, (text) =>
      replicationJobs(text, vmid).reduce((rest, id) => dropSection(rest, id), text),
    );
  if (withoutBackups(store.read(JOBS) ?? '', vmid) !== (store.read(JOBS) ?? ''))
    await store.update(JOBS, (text) => withoutBackups(text, vmid));
  if (!isHaManaged(store.read(HA) ?? '', vmid)) return;
  await store.withLock('domain-ha', () => {
    store.write(HA, dropSection(store.read(HA) ?? '', String(vmid)));
  });
  ctx.out.line(`NOTE: removed ${kind} ${vmid} from HA resource configuration.`);
}

/** Backup jobs without the guest; a job that was for it alone goes. */
export function withoutBackups(text: string, vmid: number): string {
  let rest = text;
  for (const { type, id } of headers(text)) {
    if (type !== 'vzdump') continue;
    const lines = rest.split('\n');
    const start = lines.findIndex((line) => /^vzdump:/.test(line) && line.split(/:\s*/)[1] === id);
    const end = lines.findIndex((line, index) => index > start && line === '');
    const key = (name: string) =>
      lines.findIndex(
        (line, index) =>
          index > start && (end < 0 || index < end) && new RegExp(`^\\s+${name}\\s`).test(line),
      );
    const named = key('vmid');
    const at = named >= 0 ? named : key('exclude');
    if (at < 0) continue;
    const [, name, list] = /^\s+(\S+)\s+(.*)$/.exec(lines[at]!)!;
    const ids = splitList(list!);
    if (!ids.includes(String(vmid))) continue;
    const left = ids.filter((other) => other !== String(vmid)).join(',');
    if (left !== '') lines[at] = `\t${name} ${left}`;
    else if (name === 'exclude') lines.splice(at, 1);
    rest = left === '' && name === 'vmid' ? dropSection(rest, id) : lines.join('\n');
  }
  return rest;
}
