/** Bringing a NAT bridge up and down, and looking whether all of it works. */
import { messageOf, PaveError } from '../errors.js';
import type { Host } from '../host/types.js';
import { INTERFACES } from './files.js';
import { readInterfaces } from './interfaces/read.js';
import type { Iface } from './interfaces/types.js';
import { type NatBridge, natTable, pidFile } from './nat-stanza.js';
import { exists } from './port/link.js';
import { findIfTool } from './tools.js';

export interface NatContext {
  host: Host;
  out: { warn(text: string): void };
}

/** Through ifupdown where there is one; else by the very steps it would do. */
export async function bringUp(host: Host, name: string): Promise<void> {
  const tool = findIfTool(host);
  if (tool !== undefined && host.root === '') return tool.up(name);
  const iface = readInterfaces(host.files.read(INTERFACES) ?? '').ifaces[name];
  if (iface === undefined) return;
  const run = (...argv: string[]) => host.run(argv, { effect: 'change' });
  await run('ip', 'link', 'add', 'name', name, 'type', 'bridge');
  await run('ip', 'address', 'add', iface.cidr!, 'dev', name);
  await run('ip', 'link', 'set', 'dev', name, 'up');
  for (const line of scripts(iface, 'post-up')) await run('/bin/sh', '-c', line);
}

export async function takeDown(ctx: NatContext, name: string): Promise<void> {
  const { host } = ctx;
  const tool = findIfTool(host);
  if (tool !== undefined && host.root === '') {
    await tool.down(name, exists(host, name));
    return;
  }
  const iface = readInterfaces(host.files.read(INTERFACES) ?? '').ifaces[name];
  if (exists(host, name))
    await host.run(['ip', 'link', 'delete', 'dev', name], { effect: 'change' });
  for (const line of scripts(iface ?? {}, 'post-down')) {
    try {
      await host.run(['/bin/sh', '-c', line], { effect: 'change' });
    } catch (error) {
      ctx.out.warn(messageOf(error));
    }
  }
}

function scripts(iface: Iface, phase: string): string[] {
  return (iface.options ?? []).flatMap((line) => {
    const match = /^(\S+)\s+(.*)$/.exec(line);
    return match?.[1] === phase ? [match[2]!] : [];
  });
}

/** ifupdown2 only warns of a script that fails. @throws PaveError naming all that does not work */
export async function checkUp(host: Host, { name, dhcp }: NatBridge): Promise<void> {
  if (host.dryRun) return;
  const table = ['nft', 'list', 'table', 'ip', natTable(name)];
  const nat = await host.run(table, { effect: 'read', allowExit: 'any' });
  const pid = Number(host.files.read(pidFile(name)) ?? 0);
  const serves = pid > 1 && (host.processes.cmdline(pid)?.[0] ?? '').includes('dnsmasq');
  const missing = [
    ...(exists(host, name) ? [] : ['the bridge']),
    ...(nat.code === 0 ? [] : ['the masquerading (nft)']),
    ...(dhcp === undefined || serves ? [] : ['DHCP and DNS (dnsmasq)']),
  ];
  if (missing.length > 0)
    throw new PaveError(`'${name}' did not come up with all of it: ${missing.join(', ')} failed`, {
      hint: `the reason is in the messages above, or in the system's log`,
    });
}
