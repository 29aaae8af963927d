/** Whatever an interfaces file says survives reading and writing it, and is written the same ever after. */
import { describe, expect, it } from 'vitest';
import { readInterfaces } from '../../../src/network/interfaces/read.js';
import type { NetworkConfig } from '../../../src/network/interfaces/types.js';
import { writeInterfaces } from '../../../src/network/interfaces/write.js';
import { type Random, random } from '../random.js';

const RUNS = Number(process.env.PAVE_RUNS ?? 300);
const SEED = Number(process.env.PAVE_SEED ?? 1);

const rewrite = (text: string, ifupdown2: boolean) =>
  writeInterfaces(readInterfaces(text), { ifupdown2 });

/** Each line is marked with a number of its own, so that none is taken for another. */
function makeFile(r: Random): { text: string; marks: string[][] } {
  let count = 0;
  /** Groups of lines that must stay together and in order. */
  const marks: string[][] = [];
  const mark = (text: string) => `${text}-m${++count}m`;
  const indent = () => r.pick(['\t', '  ', '    ', ' \t ']);
  const end = () => r.pick(['', '', '', ' ', '\t']);
  const out: string[] = [];
  const kept = (...lines: string[]) => {
    marks.push(lines.map((line) => line.trim()));
    return lines;
  };
  const comment = () => {
    if (r.chance(0.25))
      out.push(...kept(`# ${mark('comment é ü')} \\`.slice(0, r.chance(0.2) ? undefined : -2)));
  };
  const unknown = (): string[] => {
    const from = indent();
    const long = mark('up ip route add');
    const lines = r.pick([
      () => [`${from}${mark('post-up echo')}`],
      () => [
        `${from}${mark('pre-down  ethtool   -K')}`,
        `${from}${mark('hwaddress')} 02:00:00:00:00:01`.replace(
          /^(\s*)(hwaddress)(\S*) (.*)$/,
          '$1$2 $4$3',
        ),
      ],
      () => [`${from}${long} \\`, `${from}via`, `${from}${mark('dns-search a b')}`],
      () => [`#${mark('inside')}`],
    ])();
    return lines;
  };
  const stanza = (name: string, family: string, method: string, own: string[]) => {
    comment();
    if (r.chance(0.6))
      out.push(r.pick([`auto ${name}`, `allow-hotplug ${name}`, `auto\t${name} `]));
    const options = Array.from({ length: r.below(4) }, unknown);
    const hooks = options.flat().filter((line) => !line.startsWith('#'));
    if (hooks.length > 0) kept(...hooks);
    for (const line of options.flat()) if (line.startsWith('#')) kept(line);
    const all = [...own.map((line) => `${indent()}${line}${end()}`), ...options.flat()];
    out.push(`${r.pick(['', ' '])}iface ${name} ${family} ${method}${end()}`, ...all);
    if (r.chance(0.7)) out.push('');
  };
  const address = () => `10.${r.below(250)}.${r.below(250)}.${r.below(250)}`;
  const outside = () => {
    const lines = r.pick([
      () => ['source /etc/network/interfaces.d/*', ...[]],
      () => [mark('mapping eth9'), `\t${mark('script /bin/map')}`, `\t${mark('map home')}`],
      () => [`iface ${mark('tmpl')} inet static inherits base`, `\t${mark('up true')}`],
      () => ['source-directory /etc/net.d', mark('rename eth8')],
    ])();
    out.push('', ...kept(...lines), '');
  };
  if (r.chance(0.5)) stanza('lo', 'inet', 'loopback', []);
  for (let i = 0; i < 3; i++) {
    if (r.chance(0.3)) outside();
    const name = `eth${i}`;
    const way = r.below(5);
    if (way === 0) stanza(name, 'inet', 'dhcp', []);
    else if (way === 1) stanza(name, 'inet', 'static', [`address ${address()}/24`, 'broadcast +']);
    else if (way === 2)
      stanza(name, 'inet', 'static', [
        `address ${address()}`,
        'netmask 255.255.0.0',
        `mtu ${1300 + r.below(200)}`,
      ]);
    else if (way === 3) {
      // Twice the same family: more than the model has room for.
      const [one, other] = [address(), address()];
      kept(`address ${one}/24`);
      kept(`address ${other}/24`);
      stanza(name, 'inet', 'static', [`address ${one}/24`]);
      out.push('');
      stanza(name, 'inet', 'static', [`address ${other}/24`]);
    } else {
      const [one, other] = [address(), address()];
      kept(`address ${one}/24`, `address ${other}/24`);
      stanza(name, 'inet', 'static', [`address ${one}/24`, `address ${other}/24`]);
    }
    if (r.chance(0.3)) stanza(name, 'inet6', r.pick(['auto', 'dhcp', 'manual']), []);
    else if (r.below(3) === 0)
      stanza(name, 'inet6', 'static', [`address 2001:db8::${i + 1}`, 'netmask 64']);
  }
  for (const port of ['eth5', 'eth6', 'eth7']) stanza(port, 'inet', 'manual', []);
  if (r.chance(0.6)) {
    const mode = r.pick(['0', 'active-backup', 'balance-tlb', '802.3ad', '5']);
    const [hash, primary] = [`bond-xmit-hash-policy layer3+4`, 'bond-primary eth5'];
    stanza('bond0', 'inet', 'manual', [
      r.pick(['bond-slaves eth6 eth5', 'bond_slaves eth5 eth6']),
      `bond-mode ${mode}`,
      ...(mode === '802.3ad' || mode === 'balance-tlb' ? [hash] : []),
      ...(mode === 'active-backup' || mode === 'balance-tlb' ? [primary] : []),
    ]);
    if (mode === '802.3ad' || mode === 'balance-tlb') kept(hash);
    if (mode === 'active-backup' || mode === 'balance-tlb') kept(primary);
  }
  if (r.chance(0.6))
    stanza('vmbr0', 'inet', r.pick(['manual', 'dhcp']), [
      r.pick(['bridge-ports eth7', 'bridge_ports none', 'bridge_ports eth7 \\\n\teth7.5']),
      ...(r.chance(0.5) ? ['bridge-vlan-aware yes'] : []),
      ...(r.chance(0.3) ? ['bridge-disable-mac-learning 1'] : []),
    ]);
  if (r.chance(0.4)) outside();
  comment();
  return { text: out.join('\n') + r.pick(['', '\n', '\n\n']), marks };
}

/** The model, without where things stand and what writing always adds. */
function model(config: NetworkConfig) {
  const ifaces = structuredClone(config.ifaces);
  for (const iface of Object.values(ifaces)) {
    delete iface.priority;
    // Writing lets the interfaces of a bond start by themselves.
    for (const slave of (iface.slaves ?? '').split(' '))
      if (ifaces[slave] !== undefined) ifaces[slave].autostart = 1;
    if (iface.type === 'bond') iface.bond_miimon ??= 100;
    if (iface.type === 'bond') iface.bond_mode ??= 'balance-rr';
    if (iface.bridge_vlan_aware) iface.bridge_vids ??= '2-4094';
    if (iface.bond_miimon !== undefined) iface.bond_miimon = String(iface.bond_miimon);
    if (iface.bridge_fd !== undefined) iface.bridge_fd = String(iface.bridge_fd);
    if (iface.autostart === undefined) delete iface.autostart;
  }
  return ifaces;
}

/** The lines of a group, one directly after the other or with others of the stanza between them. */
function holds(text: string, group: readonly string[]): boolean {
  const lines = text.split('\n').map((line) => line.trim());
  let at = 0;
  for (const part of group.flatMap((line) => line.split('\n').map((one) => one.trim()))) {
    const found = lines.findIndex((line, index) => index >= at && line === part);
    if (found < 0) return false;
    at = found + 1;
  }
  return true;
}

describe('any interfaces file', () => {
  it.each([
    ['ifupdown', false],
    ['ifupdown2', true],
  ])(`survives being written for %s (${RUNS} random ones)`, (_name, ifupdown2) => {
    for (let run = 0; run < RUNS; run++) {
      const { text, marks } = makeFile(random(SEED * 1000 + run));
      const once = rewrite(text, ifupdown2);
      const said = `seed ${SEED}, file ${run}:\n${text}\n--- written:\n${once}`;
      for (const group of marks) expect(holds(once, group) ? '' : group.join('\n'), said).toBe('');
      expect(rewrite(once, ifupdown2), said).toBe(once);
      expect(model(readInterfaces(once)), said).toEqual(model(readInterfaces(text)));
      expect(once.match(/-m\d+m/g)?.sort(), said).toEqual(text.match(/-m\d+m/g)?.sort());
    }
  });

  it('that says more of an interface than can be changed safely is refused by name', () => {
    const config = readInterfaces(
      'iface eth0 inet static\n\taddress 10.0.0.1/24\n\taddress 10.0.1.1/24\n',
    );
    config.ifaces.eth0!.mtu = '9000';
    expect(() => writeInterfaces(config, { ifupdown2: true })).toThrow(
      "interface 'eth0' has two stanzas of one family, or an option twice",
    );
  });
});
