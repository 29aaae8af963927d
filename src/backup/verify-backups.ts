/** `pave backup verify`: which archives, and what is done with each. */
import type { Context } from '../commands/define.js';
import { listVolumes, loadStorages, volumePath } from '../storage/index.js';
import { archivePath } from './archive.js';
import { type Checked, saveVerdict, type Verdict, verifyChain } from './verify.js';

export interface VerifyRequest {
  archive?: string | undefined;
  storage?: string | undefined;
  vmid?: number | undefined;
  'restore-test'?: boolean | undefined;
  'restore-storage'?: string | undefined;
  timeout?: number | undefined;
  'serial-text'?: string | undefined;
}

export interface VerifiedRow {
  archive: string;
  state: string;
  what: string;
  error?: string;
}

/** A row for each archive; bad ones are no exception. @throws PaveError where none can be read at all */
export async function verifyBackups(ctx: Context, request: VerifyRequest): Promise<VerifiedRow[]> {
  const rows: VerifiedRow[] = [];
  const checked: Checked = new Map();
  for (const archive of await chosen(ctx, request)) {
    const path = await archivePath(ctx, archive);
    if (ctx.host.dryRun) {
      ctx.host.note('change', `read '${path}' and record what was found beside it`);
      rows.push({ archive, state: 'ok', what: 'nothing' });
      continue;
    }
    const verdict = await judge(ctx, request, path, checked);
    saveVerdict(ctx, path, verdict);
    const { state, what, error } = verdict;
    rows.push({ archive, state, what, ...(error === undefined ? {} : { error }) });
  }
  return rows;
}

async function judge(
  ctx: Context,
  request: VerifyRequest,
  path: string,
  checked: Checked,
): Promise<Verdict> {
  const verdict = await verifyChain(ctx, path, checked, ctx.out.info);
  if (verdict.state !== 'ok' || !request['restore-test']) return verdict;
  const { restoreTest } = await import('./restore-test.js');
  return await restoreTest(ctx, path, {
    storage: request['restore-storage'],
    timeoutS: request.timeout ?? 300,
    serialText: request['serial-text'],
  });
}

/** Volume ids of VMA archives, or the one that was named. */
async function chosen(ctx: Context, request: VerifyRequest): Promise<string[]> {
  if (request.archive !== undefined) return [request.archive];
  const found: string[] = [];
  for (const storage of loadStorages(ctx).values()) {
    if (request.storage !== undefined && storage.storeid !== request.storage) continue;
    if (storage.disable || !storage.content.has('backup')) continue;
    const volumes = await listVolumes(ctx, storage.storeid, {
      vmid: request.vmid,
      content: ['backup'],
    });
    for (const { volid, subtype } of volumes)
      if (subtype === 'qemu' && /\.vma/.test(volumePath(ctx, volid))) found.push(volid);
  }
  return found;
}
