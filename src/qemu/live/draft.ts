/** The running VM as the builder of its command line sees it. */
import type { Context } from '../../commands/define.js';
import { probePlatform } from '../../host/platform.js';
import { Draft } from '../command/draft.js';
import { gatherCommandInput } from '../command/gather.js';
import { type HotplugFeature, parseHotplug } from '../options/hotplug.js';
import type { LiveChange } from './index.js';

export async function draftOf(ctx: Context, { vmid, current }: LiveChange): Promise<Draft> {
  const platform = await probePlatform(ctx.host);
  return new Draft(await gatherCommandInput(ctx, vmid, current, platform));
}

export function hotplugs(values: ReadonlyMap<string, string>, feature: HotplugFeature): boolean {
  return parseHotplug(values.get('hotplug') ?? '1')?.has(feature) === true;
}
