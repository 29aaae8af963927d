/**
 * A NAT network over a reboot: with nothing but the file that pave network nat wrote, ifupdown or
 * ifupdown2 brings up all of it, and takes down all of it.
 */
import { describe, expect, it } from 'vitest';
import { inNamespace } from './namespace.js';
import { MACHINE, TOOLS, toolsMissing } from './network-machine.js';
import { LAB_TIMEOUT, labPackages, parts } from './uml.js';

const missing = process.getuid?.() === 0 ? toolsMissing() : 'needs root';

const JOB = `
cp /etc/network/interfaces /run/before
say made
pave network nat vmbr1 --cidr 10.10.10.0/24 --dhcp || exit 1
# What a reboot leaves of it.
pid=$(cat /run/pave-dnsmasq-vmbr1.pid)
kill $pid
await gone /proc/$pid
ip link delete vmbr1
nft flush ruleset
echo 0 >/proc/sys/net/ipv4/ip_forward
ip address flush dev eth0
rm -rf /run/network /run/pave* /var/lib/misc/pave-vmbr1.leases
mkdir -p /run/network
START
say booted
ip -br -4 address show vmbr1 | tr -s ' '
nft list ruleset | grep -c masquerade
cat /proc/sys/net/ipv4/ip_forward
say client
ip netns add client
ip link add c0 type veth peer name eth0 netns client
ip link set c0 master vmbr1 up
ip -n client link set lo up
ip -n client link set eth0 up
cat >/run/dhcp <<'X'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip address add $ip/$mask dev $interface
ip route add default via $router
echo "nameserver $dns" >/run/resolv
X
chmod +x /run/dhcp
ip netns exec client busybox udhcpc -i eth0 -q -n -t 20 -x hostname:guest7 -s /run/dhcp >/dev/null 2>&1 || exit 1
cat /run/resolv
ip netns exec client busybox nslookup guest7 10.10.10.1 | grep -o 'Address.*10.10.10.[12][0-9][0-9]' | sed 's/[^A-Za-z].*//'
# The world has no route back to 10.10.10.0/24: an answer comes through masquerading only.
await ip netns exec client ping -c 1 -W 3 192.0.2.1 && echo out
say removed
pave network nat vmbr1 --remove || exit 1
diff /run/before /etc/network/interfaces && echo same
ip -br link | grep vmbr
nft list ruleset
pidof dnsmasq
# ifupdown keeps an empty lock file of each interface it ever had.
find /run /var/lib/misc /etc/network -name '*vmbr1*' -not -path '/run/network/*'
ifquery --state 2>/dev/null | grep vmbr1
say failed
# ifupdown2 goes on where a script of an interface fails.
printf '#!/bin/sh\necho no such kernel >&2\nexit 1\n' >/usr/local/sbin/nft
chmod +x /usr/local/sbin/nft
PATH=/usr/local/sbin:$PATH pave network nat vmbr1 --cidr 10.10.10.0/24 --dhcp 2>&1
echo "status $?"
rm /usr/local/sbin/nft
diff /run/before /etc/network/interfaces && echo same
ip -br link | grep vmbr
pidof dnsmasq
exit 0`;

describe.skipIf(missing !== undefined)(
  `a NAT network after a reboot${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  LAB_TIMEOUT,
  () => {
    it.each(Object.keys(TOOLS))(
      'is there again through %s, and gone when removed',
      async (tool) => {
        const { packages, start } = TOOLS[tool]!;
        const begin = `unpack ${labPackages(...packages).join(' ')}\n${MACHINE}${start}\n`;
        const result = await inNamespace(begin + JOB.replace('START', start));
        expect(result.status, result.output).toBe(0);
        const said = parts(result.output);
        expect(said.made).toContain('vmbr1: 10.10.10.1/24, DHCP 10.10.10.100 to 10.10.10.249\n');
        expect(said.booted, result.output).toMatch(/^vmbr1 \w+ 10\.10\.10\.1\/24 *\n1\n1\n$/);
        expect(said.client, result.output).toMatch(/^nameserver 10\.10\.10\.1\nAddress\nout\n$/);
        expect(said.removed).toBe('same\n');
        expect(said.failed).toMatch(/no such kernel|masquerading/);
        expect(said.failed).toMatch(/\nstatus 255\nsame\n$/);
      },
    );
  },
);
