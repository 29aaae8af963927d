# Fish completion of pave. Generated from the declarations by npm run generate.
# Everything comes from files: node is not started.

function __pave_pave_source
    # In a list only the last item is completed.
    set -l head (string match -r '^(?:--[^=]*=)?(.*,)' -- (commandline -ct))[2]
    switch $argv[1]
        case bridge
            sh -c 'for d in /sys/class/net/*/bridge; do [ -e "$d" ] && d=${d%/bridge} && echo "${d##*/}"; done'
        case node
            sh -c 'ls ${PAVE_ROOT:-}/etc/pve/nodes 2>/dev/null'
        case storage-enabled
            sh -c '{ cat ${PAVE_ROOT:-}/etc/pve/storage.cfg 2>/dev/null; echo; } | awk \'
        function flush() { if (id != "" && !off) print id, path; if (id == "local") seen = 1; id = "" }
        /^[a-z0-9]+:/ { flush(); id = $2; path = id == "local" ? "/var/lib/vz" : "-"; off = 0 }
        $1 == "path" { path = $2 }
        $1 == "disable" && $2 != "0" { off = 1 }
        END { flush(); if (!seen) print "local", "/var/lib/vz" }\' | cut -d\' \' -f1 | sort -u'
        case vm
            sh -c 'ls ${PAVE_ROOT:-}/etc/pve/nodes/*/qemu-server 2>/dev/null | sed -n \'s/\\.conf$//p\' | sort -n'
        case vm-running
            sh -c 'ls ${PAVE_ROOT:-}/run/qemu-server 2>/dev/null | sed -n \'s/^\\([0-9]*\\)\\.pid$/\\1/p\' | sort -n'
        case volume
            sh -c '{
        { cat ${PAVE_ROOT:-}/etc/pve/storage.cfg 2>/dev/null; echo; } | awk \'
        function flush() { if (id != "" && !off) print id, path; if (id == "local") seen = 1; id = "" }
        /^[a-z0-9]+:/ { flush(); id = $2; path = id == "local" ? "/var/lib/vz" : "-"; off = 0 }
        $1 == "path" { path = $2 }
        $1 == "disable" && $2 != "0" { off = 1 }
        END { flush(); if (!seen) print "local", "/var/lib/vz" }\' | while read -r id path; do
          for f in "${PAVE_ROOT:-}$path"/images/*/* "${PAVE_ROOT:-}$path"/template/iso/* "${PAVE_ROOT:-}$path"/template/cache/* "${PAVE_ROOT:-}$path"/dump/vzdump-* "${PAVE_ROOT:-}$path"/snippets/* "${PAVE_ROOT:-}$path"/import/*; do
            [ -e "$f" ] || continue
            name=${f#"${PAVE_ROOT:-}$path"/}
            case $name in
              images/*) echo "$id:${name#images/}" ;;
              template/iso/*) echo "$id:iso/${name##*/}" ;;
              template/cache/*) echo "$id:vztmpl/${name##*/}" ;;
              dump/*.log | dump/*.notes | dump/*.protected) ;;
              dump/*) echo "$id:backup/${name##*/}" ;;
              *) echo "$id:$name" ;;
            esac
          done
        done
        sed -n \'s/^[a-z]*[0-9]*: \\([A-Za-z][A-Za-z0-9_.-]*:[A-Za-z0-9][^, ]*\\).*/\\1/p\' ${PAVE_ROOT:-}/etc/pve/nodes/*/qemu-server/*.conf ${PAVE_ROOT:-}/etc/pve/nodes/*/lxc/*.conf 2>/dev/null
      } | sort -u'
    end | while read -l candidate
        echo "$head$candidate"
    end
end

# True where the words so far are this command; a second argument is the number of positionals after it.
function __pave_pave_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l wanted (string split -n ' ' -- $argv[1])
    set -l count (count $wanted)
    if test $count -gt 0
        test (count $words) -ge $count; or return 1
        test "$words[1..$count]" = "$wanted"; or return 1
        set -e words[1..$count]
    end
    test (count $argv) -lt 2; and return 0
    set -l position 0
    while test (count $words) -gt 0
        switch $words[1]
            case '--*=*' --all --autostart --bridge_vlan_aware --clean --dhcp --dry-run --enabled --force-stop --human-readable --noborder --noheader --protected --quiet --remove --repeat-missed --restore-test --spice --stdexcludes --verbose
            case '-*'
                # Its value follows.
                set -e words[1]
            case '*'
                set position (math $position + 1)
        end
        set -e words[1]
    end
    test $position -eq $argv[2]
end

function __pave_pave_next
    set -l words (commandline -opc)
    set -e words[1]
    test "$words" = "$argv[1]"
end

complete -c pave -f
complete -c pave -n "__pave_pave_next ''" -a quickstart -d 'Make a first virtual machine, boot it and shut it down: the main job, once, for real.'
complete -c pave -n "__pave_pave_at 'quickstart'" -l clean -d 'Remove the virtual machine, the network and the image it made.'
complete -c pave -n "__pave_pave_at 'quickstart'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'quickstart'" -l timeout -d 'Seconds the guest may take to boot, to answer, and to shut down.' -x
complete -c pave -n "__pave_pave_at 'quickstart'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next ''" -a console -d 'Show a virtual machine\'s screen in a web browser.'
complete -c pave -n "__pave_pave_at 'console' 0" -a "(__pave_pave_source vm-running)"
complete -c pave -n "__pave_pave_at 'console'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'console'" -l port -d 'Port on 127.0.0.1; any free one where 0.' -x
complete -c pave -n "__pave_pave_at 'console'" -l spice -d 'A ticket for a SPICE viewer; the machine needs a qxl display.'
complete -c pave -n "__pave_pave_at 'console'" -l timeout -d 'Seconds after which it ends, whether somebody watches or not.' -x
complete -c pave -n "__pave_pave_at 'console'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next ''" -a doctor -d 'Tell what this machine can do and what it lacks.'
complete -c pave -n "__pave_pave_at 'doctor'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pave -n "__pave_pave_at 'doctor'" -l noborder -d 'Leave out the borders (text only).'
complete -c pave -n "__pave_pave_at 'doctor'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pave -n "__pave_pave_at 'doctor'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pave -n "__pave_pave_at 'doctor'" -l quiet -d 'Do not print the result.'
complete -c pave -n "__pave_pave_at 'doctor'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next ''" -a guests -d 'guests commands'
complete -c pave -n "__pave_pave_next 'guests'" -a start -d 'Start the guests of this node that shall start with it, in their order.'
complete -c pave -n "__pave_pave_at 'guests start'" -l all -d 'Also guests whose onboot is not set.'
complete -c pave -n "__pave_pave_at 'guests start'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'guests start'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next 'guests'" -a stop -d 'Shut the running guests of this node down, the last started first.'
complete -c pave -n "__pave_pave_at 'guests stop'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'guests stop'" -l force-stop -d 'End guests that do not shut down in time.'
complete -c pave -n "__pave_pave_at 'guests stop'" -l timeout -d 'Seconds a guest has that says nothing of its own.' -x
complete -c pave -n "__pave_pave_at 'guests stop'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next ''" -a network -d 'network commands'
complete -c pave -n "__pave_pave_next 'network'" -a list -d 'List the interfaces of the network configuration.'
complete -c pave -n "__pave_pave_at 'network list'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pave -n "__pave_pave_at 'network list'" -l noborder -d 'Leave out the borders (text only).'
complete -c pave -n "__pave_pave_at 'network list'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pave -n "__pave_pave_at 'network list'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pave -n "__pave_pave_at 'network list'" -l quiet -d 'Do not print the result.'
complete -c pave -n "__pave_pave_at 'network list'" -l type -d 'Only interfaces of this kind.' -x -a 'bridge bond eth alias vlan OVSBridge OVSBond OVSPort OVSIntPort any_bridge any_local_bridge'
complete -c pave -n "__pave_pave_at 'network list'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next 'network'" -a create -d 'Add a bridge, bond, VLAN or other interface to the network configuration.'
complete -c pave -n "__pave_pave_at 'network create'" -l address -d 'IPv4 address; cidr says both at once.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l address6 -d 'IPv6 address; cidr6 says both at once.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l autostart -d 'Bring it up when the machine boots.'
complete -c pave -n "__pave_pave_at 'network create'" -l bond-primary -d 'The preferred interface of an active-backup bond.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l bond_mode -d 'How the bond uses its interfaces; the last three are of OVS.' -x -a 'balance-rr active-backup balance-xor broadcast 802.3ad balance-tlb balance-alb balance-slb lacp-balance-slb lacp-balance-tcp'
complete -c pave -n "__pave_pave_at 'network create'" -l bond_xmit_hash_policy -d 'What picks the interface, of balance-xor and 802.3ad.' -x -a 'layer2 layer2+3 layer3+4'
complete -c pave -n "__pave_pave_at 'network create'" -l bridge_ports -d 'Interfaces on the bridge.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l bridge_vids -d 'VLANs of a VLAN aware bridge, e.g.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l bridge_vlan_aware -d 'The bridge sorts by VLAN tag: guests on it may have tag and trunks.'
complete -c pave -n "__pave_pave_at 'network create'" -l cidr -d 'IPv4 address with prefix length.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l cidr6 -d 'IPv6 address with prefix length.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l comments -d 'Comment.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l comments6 -d 'Comment of the IPv6 part.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'network create'" -l gateway -d 'Default gateway.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l gateway6 -d 'Default gateway for IPv6.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l method -d 'Where the IPv4 address comes from; static follows from an address.' -x -a 'manual dhcp static'
complete -c pave -n "__pave_pave_at 'network create'" -l method6 -d 'Where the IPv6 address comes from.' -x -a 'manual dhcp auto static'
complete -c pave -n "__pave_pave_at 'network create'" -l mtu -d 'Largest packet.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l netmask -d 'Its network mask.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l netmask6 -d 'Its prefix length.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l ovs_bonds -d 'Interfaces of an OVS bond.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l ovs_bridge -d 'The Open vSwitch bridge of a port or bond.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l ovs_options -d 'Further options for OVS.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l ovs_ports -d 'Ports of an OVS bridge.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l ovs_tag -d 'VLAN tag of an OVS port.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l slaves -d 'Interfaces of the bond.' -x
complete -c pave -n "__pave_pave_at 'network create'" -l type -d 'What kind of interface it is.' -x -a 'bridge bond eth alias vlan OVSBridge OVSBond OVSPort OVSIntPort'
complete -c pave -n "__pave_pave_at 'network create'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_at 'network create'" -l vlan-id -d 'The tag of a VLAN with a name of its own (ifupdown2 only).' -x
complete -c pave -n "__pave_pave_at 'network create'" -l vlan-raw-device -d 'The interface a VLAN lies on, where its name does not say so.' -x
complete -c pave -n "__pave_pave_next 'network'" -a set -d 'Change an interface of the network configuration.'
complete -c pave -n "__pave_pave_at 'network set'" -l address -d 'IPv4 address; cidr says both at once.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l address6 -d 'IPv6 address; cidr6 says both at once.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l autostart -d 'Bring it up when the machine boots.'
complete -c pave -n "__pave_pave_at 'network set'" -l bond-primary -d 'The preferred interface of an active-backup bond.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l bond_mode -d 'How the bond uses its interfaces; the last three are of OVS.' -x -a 'balance-rr active-backup balance-xor broadcast 802.3ad balance-tlb balance-alb balance-slb lacp-balance-slb lacp-balance-tcp'
complete -c pave -n "__pave_pave_at 'network set'" -l bond_xmit_hash_policy -d 'What picks the interface, of balance-xor and 802.3ad.' -x -a 'layer2 layer2+3 layer3+4'
complete -c pave -n "__pave_pave_at 'network set'" -l bridge_ports -d 'Interfaces on the bridge.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l bridge_vids -d 'VLANs of a VLAN aware bridge, e.g.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l bridge_vlan_aware -d 'The bridge sorts by VLAN tag: guests on it may have tag and trunks.'
complete -c pave -n "__pave_pave_at 'network set'" -l cidr -d 'IPv4 address with prefix length.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l cidr6 -d 'IPv6 address with prefix length.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l comments -d 'Comment.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l comments6 -d 'Comment of the IPv6 part.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l delete -d 'Settings to be removed.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'network set'" -l gateway -d 'Default gateway.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l gateway6 -d 'Default gateway for IPv6.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l method -d 'Where the IPv4 address comes from; static follows from an address.' -x -a 'manual dhcp static'
complete -c pave -n "__pave_pave_at 'network set'" -l method6 -d 'Where the IPv6 address comes from.' -x -a 'manual dhcp auto static'
complete -c pave -n "__pave_pave_at 'network set'" -l mtu -d 'Largest packet.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l netmask -d 'Its network mask.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l netmask6 -d 'Its prefix length.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l ovs_bonds -d 'Interfaces of an OVS bond.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l ovs_bridge -d 'The Open vSwitch bridge of a port or bond.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l ovs_options -d 'Further options for OVS.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l ovs_ports -d 'Ports of an OVS bridge.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l ovs_tag -d 'VLAN tag of an OVS port.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l slaves -d 'Interfaces of the bond.' -x
complete -c pave -n "__pave_pave_at 'network set'" -l type -d 'Make it another kind of interface.' -x -a 'bridge bond eth alias vlan OVSBridge OVSBond OVSPort OVSIntPort'
complete -c pave -n "__pave_pave_at 'network set'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_at 'network set'" -l vlan-id -d 'The tag of a VLAN with a name of its own (ifupdown2 only).' -x
complete -c pave -n "__pave_pave_at 'network set'" -l vlan-raw-device -d 'The interface a VLAN lies on, where its name does not say so.' -x
complete -c pave -n "__pave_pave_next 'network'" -a delete -d 'Remove an interface from the network configuration.'
complete -c pave -n "__pave_pave_at 'network delete'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'network delete'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next 'network'" -a pending -d 'Show the collected changes of the network configuration as a diff.'
complete -c pave -n "__pave_pave_at 'network pending'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pave -n "__pave_pave_at 'network pending'" -l noborder -d 'Leave out the borders (text only).'
complete -c pave -n "__pave_pave_at 'network pending'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pave -n "__pave_pave_at 'network pending'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pave -n "__pave_pave_at 'network pending'" -l quiet -d 'Do not print the result.'
complete -c pave -n "__pave_pave_at 'network pending'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next 'network'" -a apply -d 'Put the collected changes of the network configuration in force.'
complete -c pave -n "__pave_pave_at 'network apply'" -l confirm-within -d 'Seconds in which it must be confirmed; 0 puts it in force for good.' -x
complete -c pave -n "__pave_pave_at 'network apply'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'network apply'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next 'network'" -a confirm -d 'Keep the network configuration that was applied.'
complete -c pave -n "__pave_pave_at 'network confirm'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'network confirm'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next 'network'" -a revert -d 'Go back to the network configuration in force, or drop the collected changes.'
complete -c pave -n "__pave_pave_at 'network revert'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'network revert'" -l unconfirmed -d 'Take back this apply only, if it still waits to be confirmed.' -x
complete -c pave -n "__pave_pave_at 'network revert'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next 'network'" -a nat -d 'Make a bridge whose guests reach the network through this machine.'
complete -c pave -n "__pave_pave_at 'network nat' 0" -a "(__pave_pave_source bridge)"
complete -c pave -n "__pave_pave_at 'network nat'" -l cidr -d 'The guests\' network; its first address is the bridge\'s own unless another is given.' -x
complete -c pave -n "__pave_pave_at 'network nat'" -l dhcp -d 'Give addresses to the guests, and names.'
complete -c pave -n "__pave_pave_at 'network nat'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'network nat'" -l remove -d 'Take the network away again.'
complete -c pave -n "__pave_pave_at 'network nat'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next ''" -a backup -d 'backup commands'
complete -c pave -n "__pave_pave_next 'backup'" -a verify -d 'Check backups of virtual machines: every checksum, or by starting them.'
complete -c pave -n "__pave_pave_at 'backup verify' 0" -a "(__pave_pave_source volume)"
complete -c pave -n "__pave_pave_at 'backup verify'" -l all -d 'All backups of virtual machines on this node.'
complete -c pave -n "__pave_pave_at 'backup verify'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'backup verify'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pave -n "__pave_pave_at 'backup verify'" -l noborder -d 'Leave out the borders (text only).'
complete -c pave -n "__pave_pave_at 'backup verify'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pave -n "__pave_pave_at 'backup verify'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pave -n "__pave_pave_at 'backup verify'" -l quiet -d 'Do not print the result.'
complete -c pave -n "__pave_pave_at 'backup verify'" -l restore-storage -d 'Where the test restores to; the storages named in the backup where left out.' -x -a "(__pave_pave_source storage-enabled)"
complete -c pave -n "__pave_pave_at 'backup verify'" -l restore-test -d 'Restore the archive to a free id, start it without network, wait until it is up, and remove it again.'
complete -c pave -n "__pave_pave_at 'backup verify'" -l serial-text -d 'The machine is up when its first serial port has shown this; without it, when its agent answers or the serial port shows a login prompt.' -x
complete -c pave -n "__pave_pave_at 'backup verify'" -l storage -d 'With --all: only those on this storage.' -x -a "(__pave_pave_source storage-enabled)"
complete -c pave -n "__pave_pave_at 'backup verify'" -l timeout -d 'Seconds a started machine may take until it is up.' -x
complete -c pave -n "__pave_pave_at 'backup verify'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_at 'backup verify'" -l vmid -d 'With --all: only those of this machine.' -x -a "(__pave_pave_source vm)"
complete -c pave -n "__pave_pave_next 'backup'" -a files -d 'List or extract single files of a backup without restoring it.'
complete -c pave -n "__pave_pave_at 'backup files' 0" -a "(__pave_pave_source volume)"
complete -c pave -n "__pave_pave_at 'backup files'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'backup files'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pave -n "__pave_pave_at 'backup files'" -l noborder -d 'Leave out the borders (text only).'
complete -c pave -n "__pave_pave_at 'backup files'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pave -n "__pave_pave_at 'backup files'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pave -n "__pave_pave_at 'backup files'" -l quiet -d 'Do not print the result.'
complete -c pave -n "__pave_pave_at 'backup files'" -l tmpdir -d 'Folder for a packed archive that has to be unpacked; it needs the room.' -r -F
complete -c pave -n "__pave_pave_at 'backup files'" -l to -d 'Extract to this folder of the machine, which is made where it is missing.' -r -F
complete -c pave -n "__pave_pave_at 'backup files'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next ''" -a jobs -d 'jobs commands'
complete -c pave -n "__pave_pave_next 'jobs'" -a list -d 'List the backup jobs of the cluster.'
complete -c pave -n "__pave_pave_at 'jobs list'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pave -n "__pave_pave_at 'jobs list'" -l noborder -d 'Leave out the borders (text only).'
complete -c pave -n "__pave_pave_at 'jobs list'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pave -n "__pave_pave_at 'jobs list'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pave -n "__pave_pave_at 'jobs list'" -l quiet -d 'Do not print the result.'
complete -c pave -n "__pave_pave_at 'jobs list'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next 'jobs'" -a add -d 'Make a backup job.'
complete -c pave -n "__pave_pave_at 'jobs add'" -l all -d 'Back up all guests of this node.'
complete -c pave -n "__pave_pave_at 'jobs add'" -l bwlimit -d 'Read at most so many KiB/s; 0: no limit.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l comment -d 'What the job is for.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l compress -d 'Compress the archive; 1 is lzo.' -x -a '0 1 gzip lzo zstd'
complete -c pave -n "__pave_pave_at 'jobs add'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'jobs add'" -l dumpdir -d 'Write to this folder instead of a storage.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l enabled -d 'Let the scheduler run it.'
complete -c pave -n "__pave_pave_at 'jobs add'" -l exclude -d 'Guests to leave out; implies --all.' -x -a "(__pave_pave_source vm)"
complete -c pave -n "__pave_pave_at 'jobs add'" -l exclude-path -d 'For containers: files to leave out, as shell patterns.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l fleecing -d 'For VMs: keep what the guest overwrites during the backup on a fast storage first.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l fullbackup -d 'For VMs: every Nth backup is a full one, those between hold only what has changed since the one before; 0 or 1: all are full.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pave -n "__pave_pave_at 'jobs add'" -l ionice -d 'Priority of disk access: 0 is the highest, 7 the lowest, 8 only when idle.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l lockwait -d 'Minutes to wait for another vzdump of this node to end.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l mailnotification -d 'When to send mail to --mailto.' -x -a 'always failure'
complete -c pave -n "__pave_pave_at 'jobs add'" -l mailto -d 'Who gets mail about the backup.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l mode -d 'Back a running guest up as it runs, paused for a moment, or shut down for a moment.' -x -a 'snapshot suspend stop'
complete -c pave -n "__pave_pave_at 'jobs add'" -l noborder -d 'Leave out the borders (text only).'
complete -c pave -n "__pave_pave_at 'jobs add'" -l node -d 'Do nothing on any other node.' -x -a "(__pave_pave_source node)"
complete -c pave -n "__pave_pave_at 'jobs add'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pave -n "__pave_pave_at 'jobs add'" -l notes-template -d 'Notes to be kept with the backup.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l notification-mode -d 'Mail to --mailto, notify as /etc/pve/notifications.cfg says, or the first where --mailto is given, else the second.' -x -a 'auto legacy-sendmail notification-system'
complete -c pave -n "__pave_pave_at 'jobs add'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pave -n "__pave_pave_at 'jobs add'" -l pbs-change-detection-mode -d 'For containers on a Proxmox Backup Server: how changed files are found.' -x -a 'legacy data metadata'
complete -c pave -n "__pave_pave_at 'jobs add'" -l performance -d 'How hard the disks are read.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l pigz -d 'Use pigz for gzip: with so many threads; 1 takes half of the CPUs.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l pool -d 'Back up the guests of this pool.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l protected -d 'Mark the backup as protected: nothing removes it before the mark is taken away.'
complete -c pave -n "__pave_pave_at 'jobs add'" -l prune-backups -d 'Which backups to keep, instead of what the storage says.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l quiet -d 'Print nothing.'
complete -c pave -n "__pave_pave_at 'jobs add'" -l remove -d 'Remove the backups that prune-backups does not keep, once the new one is there.'
complete -c pave -n "__pave_pave_at 'jobs add'" -l repeat-missed -d 'Run it as soon as possible where its time passed while the machine was off.'
complete -c pave -n "__pave_pave_at 'jobs add'" -l schedule -d 'When it runs: a calendar event, e.g.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l script -d 'Hook script that is called at each phase.' -r -F
complete -c pave -n "__pave_pave_at 'jobs add'" -l stdexcludes -d 'For containers: leave out temporary files.'
complete -c pave -n "__pave_pave_at 'jobs add'" -l stopwait -d 'Minutes to wait for a guest to shut down.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l storage -d 'The storage to back up to; local where neither it nor --dumpdir is given.' -x -a "(__pave_pave_source storage-enabled)"
complete -c pave -n "__pave_pave_at 'jobs add'" -l tmpdir -d 'Folder for temporary files.' -x
complete -c pave -n "__pave_pave_at 'jobs add'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_at 'jobs add'" -l vmid -d 'The guests to back up.' -x -a "(__pave_pave_source vm)"
complete -c pave -n "__pave_pave_at 'jobs add'" -l zstd -d 'Threads of zstd; 0 takes half of the CPUs.' -x
complete -c pave -n "__pave_pave_next 'jobs'" -a set -d 'Change a backup job.'
complete -c pave -n "__pave_pave_at 'jobs set'" -l all -d 'Back up all guests of this node.'
complete -c pave -n "__pave_pave_at 'jobs set'" -l bwlimit -d 'Read at most so many KiB/s; 0: no limit.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l comment -d 'What the job is for.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l compress -d 'Compress the archive; 1 is lzo.' -x -a '0 1 gzip lzo zstd'
complete -c pave -n "__pave_pave_at 'jobs set'" -l delete -d 'Options to set back to their default.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'jobs set'" -l dumpdir -d 'Write to this folder instead of a storage.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l enabled -d 'Let the scheduler run it.'
complete -c pave -n "__pave_pave_at 'jobs set'" -l exclude -d 'Guests to leave out; implies --all.' -x -a "(__pave_pave_source vm)"
complete -c pave -n "__pave_pave_at 'jobs set'" -l exclude-path -d 'For containers: files to leave out, as shell patterns.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l fleecing -d 'For VMs: keep what the guest overwrites during the backup on a fast storage first.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l fullbackup -d 'For VMs: every Nth backup is a full one, those between hold only what has changed since the one before; 0 or 1: all are full.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l ionice -d 'Priority of disk access: 0 is the highest, 7 the lowest, 8 only when idle.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l lockwait -d 'Minutes to wait for another vzdump of this node to end.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l mailnotification -d 'When to send mail to --mailto.' -x -a 'always failure'
complete -c pave -n "__pave_pave_at 'jobs set'" -l mailto -d 'Who gets mail about the backup.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l mode -d 'Back a running guest up as it runs, paused for a moment, or shut down for a moment.' -x -a 'snapshot suspend stop'
complete -c pave -n "__pave_pave_at 'jobs set'" -l node -d 'Do nothing on any other node.' -x -a "(__pave_pave_source node)"
complete -c pave -n "__pave_pave_at 'jobs set'" -l notes-template -d 'Notes to be kept with the backup.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l notification-mode -d 'Mail to --mailto, notify as /etc/pve/notifications.cfg says, or the first where --mailto is given, else the second.' -x -a 'auto legacy-sendmail notification-system'
complete -c pave -n "__pave_pave_at 'jobs set'" -l pbs-change-detection-mode -d 'For containers on a Proxmox Backup Server: how changed files are found.' -x -a 'legacy data metadata'
complete -c pave -n "__pave_pave_at 'jobs set'" -l performance -d 'How hard the disks are read.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l pigz -d 'Use pigz for gzip: with so many threads; 1 takes half of the CPUs.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l pool -d 'Back up the guests of this pool.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l protected -d 'Mark the backup as protected: nothing removes it before the mark is taken away.'
complete -c pave -n "__pave_pave_at 'jobs set'" -l prune-backups -d 'Which backups to keep, instead of what the storage says.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l quiet -d 'Print nothing.'
complete -c pave -n "__pave_pave_at 'jobs set'" -l remove -d 'Remove the backups that prune-backups does not keep, once the new one is there.'
complete -c pave -n "__pave_pave_at 'jobs set'" -l repeat-missed -d 'Run it as soon as possible where its time passed while the machine was off.'
complete -c pave -n "__pave_pave_at 'jobs set'" -l schedule -d 'When it runs: a calendar event, e.g.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l script -d 'Hook script that is called at each phase.' -r -F
complete -c pave -n "__pave_pave_at 'jobs set'" -l stdexcludes -d 'For containers: leave out temporary files.'
complete -c pave -n "__pave_pave_at 'jobs set'" -l stopwait -d 'Minutes to wait for a guest to shut down.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l storage -d 'The storage to back up to; local where neither it nor --dumpdir is given.' -x -a "(__pave_pave_source storage-enabled)"
complete -c pave -n "__pave_pave_at 'jobs set'" -l tmpdir -d 'Folder for temporary files.' -x
complete -c pave -n "__pave_pave_at 'jobs set'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_at 'jobs set'" -l vmid -d 'The guests to back up.' -x -a "(__pave_pave_source vm)"
complete -c pave -n "__pave_pave_at 'jobs set'" -l zstd -d 'Threads of zstd; 0 takes half of the CPUs.' -x
complete -c pave -n "__pave_pave_next 'jobs'" -a remove -d 'Remove a backup job.'
complete -c pave -n "__pave_pave_at 'jobs remove'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'jobs remove'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next 'jobs'" -a run -d 'Run a backup job now.'
complete -c pave -n "__pave_pave_at 'jobs run'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'jobs run'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next ''" -a completion -d 'Print a tool\'s completion for a shell.'
complete -c pave -n "__pave_pave_at 'completion' 0" -a 'bash zsh fish'
complete -c pave -n "__pave_pave_at 'completion'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pave -n "__pave_pave_at 'completion'" -l noborder -d 'Leave out the borders (text only).'
complete -c pave -n "__pave_pave_at 'completion'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pave -n "__pave_pave_at 'completion'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pave -n "__pave_pave_at 'completion'" -l quiet -d 'Do not print the result.'
complete -c pave -n "__pave_pave_at 'completion'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next ''" -a help -d 'Show help about a command.'
complete -c pave -n "__pave_pave_at help 0" -a 'quickstart console doctor guests network backup jobs completion help'
complete -c pave -n "__pave_pave_at 'help'" -l verbose -d 'All options.'
