/** What a VM's cloud-init drive holds. Source of formats and layout: Cloudinit.pm of the original. */
import { createHash } from 'node:crypto';
import { PaveError } from '../../errors.js';
import { isOn } from '../../guest/load.js';
import { windowsVersion } from '../command/ostype.js';
import { dnsOf, interfacesFile, nocloudNetwork, opennebulaNetwork } from './network.js';

type Values = ReadonlyMap<string, string>;

export type CloudInitType = 'nocloud' | 'configdrive2' | 'opennebula';

/** Files of the admin's own in place of the generated ones. */
export interface CustomFiles {
  user?: string;
  network?: string;
  meta?: string;
  vendor?: string;
}

export interface CloudInitDrive {
  /** Volume label, by which the guest knows the drive. */
  label: string;
  /** Path on the drive -> content. */
  files: Map<string, string>;
}

/** The drive is 4 MiB, and the file system wants some of it. */
const MAX_BYTES = 3 * 1024 * 1024;

/** Windows' cloudbase-init only knows configuration drives. */
export function cloudInitType(values: Values): CloudInitType {
  const given = values.get('citype') as CloudInitType | undefined;
  return given ?? (windowsVersion(values.get('ostype')) > 0 ? 'configdrive2' : 'nocloud');
}

function hostNames(values: Values, vmid: number): { hostname: string; fqdn: string } {
  const name = values.get('name') ?? `VM${vmid}`;
  if (name.includes('.')) return { hostname: name.replace(/\..*$/, ''), fqdn: name };
  const search = values.get('searchdomain');
  return { hostname: name, fqdn: search ? `${name}.${search}` : name };
}

/** The public keys of `sshkeys`, a line each. */
export function sshKeys(values: Values): string[] {
  const text = values.get('sshkeys');
  if (text === undefined) return [];
  return decodeURIComponent(text)
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => /\S/.test(line));
}

/** `#cloud-config` of the user-data file. */
export function userData(values: Values, vmid: number): string {
  const { hostname, fqdn } = hostNames(values, vmid);
  const user = values.get('ciuser');
  const password = values.get('cipassword');
  let text = `#cloud-config\nhostname: ${hostname}\nmanage_etc_hosts: true\nfqdn: ${fqdn}\n`;
  if (user !== undefined) text += `user: ${user}\n`;
  if (user === 'root') text += 'disable_root: False\n';
  if (password !== undefined) text += `password: ${password}\n`;
  if (values.has('sshkeys')) text += 'ssh_authorized_keys:\n';
  for (const key of sshKeys(values)) text += `  - ${key}\n`;
  text += 'chpasswd:\n  expire: False\n';
  if (user !== 'root') text += 'users:\n  - default\n';
  if (isOn(values.get('ciupgrade'), true)) text += 'package_upgrade: true\n';
  return text;
}

/** The network file of `qm cloudinit dump`; OpenNebula has none of its own. */
export function networkData(values: Values, resolv: string): string {
  const dns = dnsOf(values, resolv);
  return cloudInitType(values) === 'nocloud'
    ? nocloudNetwork(values, dns)
    : interfacesFile(values, dns, false);
}

/** A new id makes cloud-init set the guest up again: it changes with what the guest is told. */
function instanceId(user: string, network: string): string {
  return createHash('sha1').update(user).update(network).digest('hex');
}

/** @throws PaveError for addresses that make no sense */
export function metaData(values: Values, user: string, network: string): string {
  const id = instanceId(user, network);
  if (cloudInitType(values) === 'nocloud') return `instance-id: ${id}\n`;
  return `{\n     "uuid": "${id}",\n     "network_config": { "content_path": "/content/0000" }\n}\n`;
}

/** Windows reads password and keys from here. */
function cloudbaseMetaData(values: Values, user: string, network: string): string {
  const keys = sshKeys(values);
  const password = values.get('cipassword');
  return JSON.stringify({
    uuid: instanceId(user, network),
    network_config: { content_path: '/content/0000' },
    ...(password ? { admin_pass: password } : {}),
    ...(keys.length > 0
      ? { public_keys: Object.fromEntries(keys.map((key, n) => [`key-${n}`, key])) }
      : {}),
  });
}

function opennebulaContext(values: Values, vmid: number, resolv: string): string {
  let text = `USERNAME=${values.get('ciuser') || 'root'}\n`;
  const password = values.get('cipassword');
  if (password !== undefined) {
    const lines =
      Buffer.from(password)
        .toString('base64')
        .match(/.{1,76}/g) ?? [];
    text += `CRYPTED_PASSWORD_BASE64=${lines.map((line) => `${line}\n`).join('')}\n`;
  }
  if (values.has('sshkeys'))
    text += `SSH_PUBLIC_KEY="${sshKeys(values)
      .map((key) => key.trim())
      .join('\n')}"\n`;
  text += `SET_HOSTNAME=${hostNames(values, vmid).hostname}\n`;
  return text + opennebulaNetwork(values, dnsOf(values, resolv));
}

/**
 * The whole drive. `resolv` is the host's /etc/resolv.conf, for guests that name no DNS server.
 * @throws PaveError for addresses that make no sense, or more than fits
 */
export function cloudInitDrive(
  values: Values,
  vmid: number,
  options: { resolv: string; custom?: CustomFiles },
): CloudInitDrive {
  const { resolv, custom = {} } = options;
  const type = cloudInitType(values);
  if (type === 'opennebula') {
    const files = new Map([['context.sh', opennebulaContext(values, vmid, resolv)]]);
    return { label: 'CONTEXT', files };
  }
  const windows = windowsVersion(values.get('ostype')) > 0;
  const user = custom.user ?? userData(values, vmid);
  const network =
    custom.network ??
    (type === 'configdrive2' && windows
      ? interfacesFile(values, dnsOf(values, resolv), true)
      : networkData(values, resolv));
  const meta =
    custom.meta ??
    (type === 'configdrive2' && windows
      ? cloudbaseMetaData(values, user, network)
      : metaData(values, user, network));
  const vendor = custom.vendor ?? '';
  const bytes = [user, network, meta, vendor].reduce(
    (sum, text) => sum + Buffer.byteLength(text),
    0,
  );
  if (bytes > MAX_BYTES) throw new PaveError('Cloud-Init sum of snippets too big (> 3 MiB)');
  if (type === 'nocloud') {
    return {
      label: 'cidata',
      files: new Map([
        ['user-data', user],
        ['network-config', network],
        ['meta-data', meta],
        ['vendor-data', vendor],
      ]),
    };
  }
  return {
    label: 'config-2',
    files: new Map([
      ['openstack/latest/user_data', user],
      ['openstack/content/0000', network],
      ['openstack/latest/meta_data.json', meta],
      ['openstack/latest/vendor_data.json', vendor],
    ]),
  };
}
