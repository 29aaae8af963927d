/** What cloud-init is told. */
import { boolean, enumOf, numbered, propertyString, string } from '../../schema/props.js';
import type { PropertyFormat } from '../../schema/types.js';

export const cicustomFormat = {
  meta: {
    type: 'string',
    format: 'pve-volume-id',
    optional: true,
    format_description: 'volume',
    description: 'Snippet with the meta data.',
  },
  network: {
    type: 'string',
    format: 'pve-volume-id',
    optional: true,
    format_description: 'volume',
    description: 'Snippet with the network configuration.',
  },
  user: {
    type: 'string',
    format: 'pve-volume-id',
    optional: true,
    format_description: 'volume',
    description: 'Snippet with the user data.',
  },
  vendor: {
    type: 'string',
    format: 'pve-volume-id',
    optional: true,
    format_description: 'volume',
    description: 'Snippet with the vendor data.',
  },
} satisfies PropertyFormat;

export const ipconfigNFormat = {
  gw: {
    type: 'string',
    format: 'ipv4',
    optional: true,
    requires: 'ip',
    format_description: 'GatewayIPv4',
    description: 'Default gateway for IPv4.',
  },
  gw6: {
    type: 'string',
    format: 'ipv6',
    optional: true,
    requires: 'ip6',
    format_description: 'GatewayIPv6',
    description: 'Default gateway for IPv6.',
  },
  ip: {
    type: 'string',
    format: 'pve-ipv4-config',
    optional: true,
    default: 'dhcp',
    format_description: 'IPv4Format/CIDR',
    description: 'IPv4 address with prefix, or dhcp.',
  },
  ip6: {
    type: 'string',
    format: 'pve-ipv6-config',
    optional: true,
    default: 'dhcp',
    format_description: 'IPv6Format/CIDR',
    description: 'IPv6 address with prefix, dhcp or auto.',
  },
} satisfies PropertyFormat;

export const cloudinitOptions = {
  citype: enumOf(['configdrive2', 'nocloud', 'opennebula'], {
    description: "Format of the cloud-init drive; by the guest's operating system where not given.",
  }),
  ciuser: string({ description: "User that cloud-init sets up instead of the image's own." }),
  cipassword: string({
    interactive: true,
    secret: true,
    description: 'Password cloud-init sets for the user; an SSH key is the better way.',
  }),
  ciupgrade: boolean({
    default: 1,
    description: "Upgrade the guest's packages on its first boot.",
  }),
  cicustom: propertyString(cicustomFormat, {
    description: 'Files that take the place of generated cloud-init data.',
  }),
  'ipconfig[n]': numbered(
    propertyString(ipconfigNFormat, {
      description: 'Addresses cloud-init gives the network card of that number.',
    }),
    { min: 0, max: 31 },
  ),
  nameserver: string({ format: 'address-list', description: 'DNS servers cloud-init sets.' }),
  searchdomain: string({ description: 'DNS search domains cloud-init sets.' }),
  sshkeys: string({
    format: 'urlencoded',
    valueReadFromFile: true,
    description: 'File with the SSH public keys cloud-init sets up.',
  }),
};
