# Fish completion of qm. Generated from the declarations by npm run generate.
# Everything comes from files: node is not started.

function __pave_qm_source
    # In a list only the last item is completed.
    set -l head (string match -r '^(?:--[^=]*=)?(.*,)' -- (commandline -ct))[2]
    switch $argv[1]
        case guest-option
            sh -c 'sed -n \'s/^\\([a-z][a-z0-9_-]*\\):.*/\\1/p\' ${PAVE_ROOT:-}/etc/pve/nodes/*/qemu-server/*.conf ${PAVE_ROOT:-}/etc/pve/nodes/*/lxc/*.conf 2>/dev/null | sort -u'
        case node
            sh -c 'ls ${PAVE_ROOT:-}/etc/pve/nodes 2>/dev/null'
        case snapshot
            sh -c 'sed -n \'s/^\\[\\([A-Za-z][A-Za-z0-9_-]*\\)\\]$/\\1/p\' ${PAVE_ROOT:-}/etc/pve/nodes/*/qemu-server/*.conf ${PAVE_ROOT:-}/etc/pve/nodes/*/lxc/*.conf 2>/dev/null | grep -vx PENDING | sort -u'
        case storage
            sh -c '{ echo local; sed -n \'s/^[a-z0-9]*: *//p\' ${PAVE_ROOT:-}/etc/pve/storage.cfg 2>/dev/null; } | sort -u'
        case vm
            sh -c 'ls ${PAVE_ROOT:-}/etc/pve/nodes/*/qemu-server 2>/dev/null | sed -n \'s/\\.conf$//p\' | sort -n'
        case vm-running
            sh -c 'ls ${PAVE_ROOT:-}/run/qemu-server 2>/dev/null | sed -n \'s/^\\([0-9]*\\)\\.pid$/\\1/p\' | sort -n'
        case vm-stopped
            sh -c 'for f in ${PAVE_ROOT:-}/etc/pve/nodes/*/qemu-server/*.conf; do v=${f##*/}; v=${v%.conf}; [ -e "$f" ] && [ ! -e "${PAVE_ROOT:-}/run/qemu-server/$v.pid" ] && echo "$v"; done | sort -n'
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
function __pave_qm_at
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
            case '--*=*' --acpi --allow-ksm --autostart --ciupgrade --current --destroy-unreferenced-disks --dry-run --dryrun --force --forceStop --freeze --full --ha-managed --human-readable --keepActive --keephugepages --kvm --live-restore --localtime --noborder --nocheck --noheader --numa --onboot --overrule-shutdown --pretty --protection --purge --quiet --reboot --skiplock --start --tablet --tdf --template --todisk --unique --verbose --with-conntrack-state
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

function __pave_qm_next
    set -l words (commandline -opc)
    set -e words[1]
    test "$words" = "$argv[1]"
end

complete -c qm -f
complete -c qm -n "__pave_qm_next ''" -a config -d 'Show the configuration of a virtual machine, with pending changes applied.'
complete -c qm -n "__pave_qm_at 'config' 0" -a "(__pave_qm_source vm)"
complete -c qm -n "__pave_qm_at 'config'" -l current -d 'Show the values in effect instead of pending ones.'
complete -c qm -n "__pave_qm_at 'config'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c qm -n "__pave_qm_at 'config'" -l noborder -d 'Leave out the borders (text only).'
complete -c qm -n "__pave_qm_at 'config'" -l noheader -d 'Leave out the column headers (text only).'
complete -c qm -n "__pave_qm_at 'config'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c qm -n "__pave_qm_at 'config'" -l quiet -d 'Do not print the result.'
complete -c qm -n "__pave_qm_at 'config'" -l snapshot -d 'Show the configuration of this snapshot.' -x -a "(__pave_qm_source snapshot)"
complete -c qm -n "__pave_qm_at 'config'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a create -d 'Create a virtual machine.'
complete -c qm -n "__pave_qm_at 'create'" -l acpi -d 'Give the guest ACPI; without it a shutdown request cannot reach the guest.'
complete -c qm -n "__pave_qm_at 'create'" -l affinity -d 'Host CPUs the guest\'s threads may run on, e.g.' -x
complete -c qm -n "__pave_qm_at 'create'" -l agent -d 'Talk to the QEMU guest agent inside the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l allow-ksm -d 'Let the kernel merge equal memory pages of this guest with those of others.'
complete -c qm -n "__pave_qm_at 'create'" -l amd-sev -d 'Encrypt the guest\'s memory with AMD SEV.' -x -a 'std es snp'
complete -c qm -n "__pave_qm_at 'create'" -l arch -d 'Processor architecture of the guest; the host\'s own where not given.' -x -a 'x86_64 aarch64'
complete -c qm -n "__pave_qm_at 'create'" -l archive -d 'Backup to restore, as a volume id or path, or - for standard input.' -x
complete -c qm -n "__pave_qm_at 'create'" -l args -d 'Further arguments for QEMU, as they stand; for experts.' -x
complete -c qm -n "__pave_qm_at 'create'" -l audio0 -d 'Sound card of the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l autostart -d 'Start again after a crash (stored, and without effect in the original as well).'
complete -c qm -n "__pave_qm_at 'create'" -l balloon -d 'What a balloon leaves of the memory, in MiB, from the start on; 0 leaves the balloon device out.' -x
complete -c qm -n "__pave_qm_at 'create'" -l bios -d 'Firmware of the guest: a classic BIOS or UEFI.' -x -a 'seabios ovmf'
complete -c qm -n "__pave_qm_at 'create'" -l boot -d 'Devices the guest boots from, in order.' -x
complete -c qm -n "__pave_qm_at 'create'" -l bootdisk -d 'Old form: the disk to boot from; use boot with an order instead.' -x
complete -c qm -n "__pave_qm_at 'create'" -l bwlimit -d 'Bandwidth limit in KiB/s.' -x
complete -c qm -n "__pave_qm_at 'create'" -l cdrom -d 'Another name for ide2.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l cicustom -d 'Files that take the place of generated cloud-init data.' -x
complete -c qm -n "__pave_qm_at 'create'" -l cipassword -d 'Password cloud-init sets for the user; an SSH key is the better way.' -x
complete -c qm -n "__pave_qm_at 'create'" -l citype -d 'Format of the cloud-init drive; by the guest\'s operating system where not given.' -x -a 'configdrive2 nocloud opennebula'
complete -c qm -n "__pave_qm_at 'create'" -l ciupgrade -d 'Upgrade the guest\'s packages on its first boot.'
complete -c qm -n "__pave_qm_at 'create'" -l ciuser -d 'User that cloud-init sets up instead of the image\'s own.' -x
complete -c qm -n "__pave_qm_at 'create'" -l cores -d 'Cores of each socket.' -x
complete -c qm -n "__pave_qm_at 'create'" -l cpu -d 'Model and features of the guest\'s processor.' -x
complete -c qm -n "__pave_qm_at 'create'" -l cpulimit -d 'CPU time the guest may use, in CPUs; 0 is no limit.' -x
complete -c qm -n "__pave_qm_at 'create'" -l cpuunits -d 'Weight of the guest against others when CPUs are short.' -x
complete -c qm -n "__pave_qm_at 'create'" -l description -d 'Notes on the guest, kept as comments in its config file.' -x
complete -c qm -n "__pave_qm_at 'create'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'create'" -l efidisk0 -d 'Volume that keeps the UEFI variables.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l force -d 'Replace a guest of that id.'
complete -c qm -n "__pave_qm_at 'create'" -l freeze -d 'Do not run the CPUs after start, until qm resume.'
complete -c qm -n "__pave_qm_at 'create'" -l ha-managed -d 'Add the guest as a resource of high availability.'
complete -c qm -n "__pave_qm_at 'create'" -l hookscript -d 'Executable snippet called before and after start and stop.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l hostpci0 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hostpci1 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hostpci2 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hostpci3 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hostpci4 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hostpci5 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hostpci6 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hostpci7 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hostpci8 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hostpci9 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hostpci10 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hostpci11 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hostpci12 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hostpci13 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hostpci14 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hostpci15 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hotplug -d 'What may be changed while the guest runs: network, disk, cpu, memory, usb, cloudinit; 1 for the usual ones, 0 for nothing.' -x
complete -c qm -n "__pave_qm_at 'create'" -l hugepages -d 'Back the guest\'s memory with huge pages of that many MiB.' -x -a 'any 2 1024'
complete -c qm -n "__pave_qm_at 'create'" -l ide0 -d 'IDE disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l ide1 -d 'IDE disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l ide2 -d 'IDE disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l ide3 -d 'IDE disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l import-working-storage -d 'File storage for what is unpacked during an import.' -x -a "(__pave_qm_source storage)"
complete -c qm -n "__pave_qm_at 'create'" -l intel-tdx -d 'Protect the guest with Intel TDX.' -x -a 'tdx'
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig0 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig1 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig2 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig3 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig4 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig5 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig6 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig7 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig8 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig9 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig10 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig11 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig12 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig13 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig14 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig15 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig16 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig17 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig18 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig19 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig20 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig21 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig22 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig23 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig24 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig25 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig26 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig27 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig28 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig29 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig30 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ipconfig31 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'create'" -l ivshmem -d 'Memory shared with other guests or with a program of the host.' -x
complete -c qm -n "__pave_qm_at 'create'" -l keephugepages -d 'Keep the huge pages after the guest stopped.'
complete -c qm -n "__pave_qm_at 'create'" -l keyboard -d 'Keyboard layout of the VNC server; the guest\'s own settings are usually enough.' -x -a 'de de-ch da en-gb en-us es fi fr fr-be fr-ca fr-ch hu is it ja lt mk nl no pl pt pt-br sv sl tr'
complete -c qm -n "__pave_qm_at 'create'" -l kvm -d 'Run on the processor itself; 0 emulates it.'
complete -c qm -n "__pave_qm_at 'create'" -l live-restore -d 'Start the guest while its disks are still being filled.'
complete -c qm -n "__pave_qm_at 'create'" -l localtime -d 'The guest\'s clock runs on local time; on for Windows where not given.'
complete -c qm -n "__pave_qm_at 'create'" -l lock -d 'What is being done with the guest right now.' -x -a 'backup clone create migrate rollback snapshot snapshot-delete suspending suspended'
complete -c qm -n "__pave_qm_at 'create'" -l machine -d 'Machine the guest sees.' -x
complete -c qm -n "__pave_qm_at 'create'" -l memory -d 'Memory of the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l migrate_downtime -d 'Longest pause in seconds that a live migration may cause.' -x
complete -c qm -n "__pave_qm_at 'create'" -l migrate_speed -d 'Bandwidth limit of a migration in MB/s; 0 is no limit.' -x
complete -c qm -n "__pave_qm_at 'create'" -l name -d 'Name of the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l nameserver -d 'DNS servers cloud-init sets.' -x
complete -c qm -n "__pave_qm_at 'create'" -l net0 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net1 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net2 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net3 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net4 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net5 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net6 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net7 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net8 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net9 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net10 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net11 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net12 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net13 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net14 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net15 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net16 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net17 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net18 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net19 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net20 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net21 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net22 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net23 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net24 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net25 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net26 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net27 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net28 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net29 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net30 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l net31 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'create'" -l numa -d 'Give the guest NUMA nodes.'
complete -c qm -n "__pave_qm_at 'create'" -l numa0 -d 'One NUMA node of the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l numa1 -d 'One NUMA node of the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l numa2 -d 'One NUMA node of the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l numa3 -d 'One NUMA node of the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l numa4 -d 'One NUMA node of the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l numa5 -d 'One NUMA node of the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l numa6 -d 'One NUMA node of the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l numa7 -d 'One NUMA node of the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l onboot -d 'Start the guest when the host has booted.'
complete -c qm -n "__pave_qm_at 'create'" -l ostype -d 'Operating system of the guest; sets what suits it.' -x -a 'other wxp w2k w2k3 w2k8 wvista win7 win8 win10 win11 l24 l26 solaris'
complete -c qm -n "__pave_qm_at 'create'" -l parallel0 -d 'Parallel port of the host.' -x
complete -c qm -n "__pave_qm_at 'create'" -l parallel1 -d 'Parallel port of the host.' -x
complete -c qm -n "__pave_qm_at 'create'" -l parallel2 -d 'Parallel port of the host.' -x
complete -c qm -n "__pave_qm_at 'create'" -l pool -d 'Pool the guest is added to.' -x
complete -c qm -n "__pave_qm_at 'create'" -l protection -d 'Refuse to remove the guest or its disks.'
complete -c qm -n "__pave_qm_at 'create'" -l reboot -d 'Allow the guest to reboot; 0 ends it instead.'
complete -c qm -n "__pave_qm_at 'create'" -l rng0 -d 'Random numbers from the host.' -x
complete -c qm -n "__pave_qm_at 'create'" -l sata0 -d 'SATA disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l sata1 -d 'SATA disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l sata2 -d 'SATA disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l sata3 -d 'SATA disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l sata4 -d 'SATA disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l sata5 -d 'SATA disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi0 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi1 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi2 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi3 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi4 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi5 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi6 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi7 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi8 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi9 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi10 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi11 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi12 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi13 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi14 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi15 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi16 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi17 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi18 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi19 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi20 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi21 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi22 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi23 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi24 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi25 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi26 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi27 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi28 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi29 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsi30 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l scsihw -d 'Model of the SCSI controller.' -x -a 'lsi lsi53c810 virtio-scsi-pci virtio-scsi-single megasas pvscsi'
complete -c qm -n "__pave_qm_at 'create'" -l searchdomain -d 'DNS search domains cloud-init sets.' -x
complete -c qm -n "__pave_qm_at 'create'" -l serial0 -d 'Serial port: socket for qm terminal, or a device of the host.' -x
complete -c qm -n "__pave_qm_at 'create'" -l serial1 -d 'Serial port: socket for qm terminal, or a device of the host.' -x
complete -c qm -n "__pave_qm_at 'create'" -l serial2 -d 'Serial port: socket for qm terminal, or a device of the host.' -x
complete -c qm -n "__pave_qm_at 'create'" -l serial3 -d 'Serial port: socket for qm terminal, or a device of the host.' -x
complete -c qm -n "__pave_qm_at 'create'" -l shares -d 'Weight for automatic ballooning, kept for hosts that have it.' -x
complete -c qm -n "__pave_qm_at 'create'" -l smbios1 -d 'What the guest\'s firmware tells about the machine.' -x
complete -c qm -n "__pave_qm_at 'create'" -l smp -d 'Old name of sockets.' -x
complete -c qm -n "__pave_qm_at 'create'" -l sockets -d 'Sockets of the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l spice_enhancements -d 'Extras of SPICE.' -x
complete -c qm -n "__pave_qm_at 'create'" -l sshkeys -d 'File with the SSH public keys cloud-init sets up.' -x
complete -c qm -n "__pave_qm_at 'create'" -l start -d 'Start the guest when it has been made.'
complete -c qm -n "__pave_qm_at 'create'" -l startdate -d 'What the guest\'s clock shows at the start.' -x
complete -c qm -n "__pave_qm_at 'create'" -l startup -d 'When the guest is started and stopped among the others: a place in the order and pauses in seconds.' -x
complete -c qm -n "__pave_qm_at 'create'" -l storage -d 'Storage for disks that name none.' -x -a "(__pave_qm_source storage)"
complete -c qm -n "__pave_qm_at 'create'" -l tablet -d 'Give the guest a tablet, so that the pointer follows over VNC.'
complete -c qm -n "__pave_qm_at 'create'" -l tags -d 'Tags of the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l tdf -d 'Correct the guest\'s clock for lost ticks.'
complete -c qm -n "__pave_qm_at 'create'" -l template -d 'The guest is a template.'
complete -c qm -n "__pave_qm_at 'create'" -l tpmstate0 -d 'Volume that keeps the state of a TPM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unique -d 'Give the guest new MAC addresses.'
complete -c qm -n "__pave_qm_at 'create'" -l unused0 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused1 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused2 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused3 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused4 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused5 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused6 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused7 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused8 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused9 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused10 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused11 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused12 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused13 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused14 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused15 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused16 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused17 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused18 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused19 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused20 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused21 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused22 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused23 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused24 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused25 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused26 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused27 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused28 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused29 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused30 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l unused31 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l usb0 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'create'" -l usb1 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'create'" -l usb2 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'create'" -l usb3 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'create'" -l usb4 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'create'" -l usb5 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'create'" -l usb6 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'create'" -l usb7 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'create'" -l usb8 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'create'" -l usb9 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'create'" -l usb10 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'create'" -l usb11 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'create'" -l usb12 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'create'" -l usb13 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'create'" -l vcpus -d 'CPUs that are plugged in at the start; all of them where not given.' -x
complete -c qm -n "__pave_qm_at 'create'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_at 'create'" -l vga -d 'Graphics card.' -x -a 'cirrus qxl qxl2 qxl3 qxl4 none serial0 serial1 serial2 serial3 std virtio virtio-gl vmware'
complete -c qm -n "__pave_qm_at 'create'" -l virtio0 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l virtio1 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l virtio2 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l virtio3 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l virtio4 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l virtio5 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l virtio6 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l virtio7 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l virtio8 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l virtio9 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l virtio10 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l virtio11 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l virtio12 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l virtio13 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l virtio14 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l virtio15 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'create'" -l virtiofs0 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l virtiofs1 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l virtiofs2 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l virtiofs3 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l virtiofs4 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l virtiofs5 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l virtiofs6 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l virtiofs7 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l virtiofs8 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l virtiofs9 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'create'" -l vmgenid -d 'Generation id the guest sees, new after a clone or roll-back; 1 makes one, 0 leaves it out.' -x
complete -c qm -n "__pave_qm_at 'create'" -l vmstatestorage -d 'Storage for the memory of suspended guests and snapshots.' -x -a "(__pave_qm_source storage)"
complete -c qm -n "__pave_qm_at 'create'" -l watchdog -d 'Watchdog card.' -x -a 'i6300esb ib700'
complete -c qm -n "__pave_qm_next ''" -a destroy -d 'Remove a virtual machine and the volumes it owns.'
complete -c qm -n "__pave_qm_at 'destroy' 0" -a "(__pave_qm_source vm-stopped)"
complete -c qm -n "__pave_qm_at 'destroy'" -l destroy-unreferenced-disks -d 'Also remove volumes of that id which its configuration does not name, on all storages.'
complete -c qm -n "__pave_qm_at 'destroy'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'destroy'" -l purge -d 'Also take the id out of other configurations, such as backup jobs.'
complete -c qm -n "__pave_qm_at 'destroy'" -l skiplock -d 'Ignore locks; for root only.'
complete -c qm -n "__pave_qm_at 'destroy'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a list -d 'List the virtual machines of this node.'
complete -c qm -n "__pave_qm_at 'list'" -l full -d 'Ask QEMU for the full status of running ones; this takes longer.'
complete -c qm -n "__pave_qm_at 'list'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c qm -n "__pave_qm_at 'list'" -l noborder -d 'Leave out the borders (text only).'
complete -c qm -n "__pave_qm_at 'list'" -l noheader -d 'Leave out the column headers (text only).'
complete -c qm -n "__pave_qm_at 'list'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c qm -n "__pave_qm_at 'list'" -l quiet -d 'Do not print the result.'
complete -c qm -n "__pave_qm_at 'list'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a pending -d 'Show the configuration of a virtual machine with current and pending values.'
complete -c qm -n "__pave_qm_at 'pending' 0" -a "(__pave_qm_source vm)"
complete -c qm -n "__pave_qm_at 'pending'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c qm -n "__pave_qm_at 'pending'" -l noborder -d 'Leave out the borders (text only).'
complete -c qm -n "__pave_qm_at 'pending'" -l noheader -d 'Leave out the column headers (text only).'
complete -c qm -n "__pave_qm_at 'pending'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c qm -n "__pave_qm_at 'pending'" -l quiet -d 'Do not print the result.'
complete -c qm -n "__pave_qm_at 'pending'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a reboot -d 'Shut a virtual machine down and start it again, with its pending changes.'
complete -c qm -n "__pave_qm_at 'reboot' 0" -a "(__pave_qm_source vm-running)"
complete -c qm -n "__pave_qm_at 'reboot'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'reboot'" -l timeout -d 'Seconds to wait for the shutdown.' -x
complete -c qm -n "__pave_qm_at 'reboot'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a reset -d 'Reset a virtual machine, as its reset button would.'
complete -c qm -n "__pave_qm_at 'reset' 0" -a "(__pave_qm_source vm-running)"
complete -c qm -n "__pave_qm_at 'reset'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'reset'" -l skiplock -d 'Ignore locks; for root only.'
complete -c qm -n "__pave_qm_at 'reset'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a resume -d 'Let a suspended virtual machine go on.'
complete -c qm -n "__pave_qm_at 'resume' 0" -a "(__pave_qm_source vm)"
complete -c qm -n "__pave_qm_at 'resume'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'resume'" -l nocheck -d 'For migrations only.'
complete -c qm -n "__pave_qm_at 'resume'" -l skiplock -d 'Ignore locks; for root only.'
complete -c qm -n "__pave_qm_at 'resume'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a sendkey -d 'Press keys in a virtual machine.'
complete -c qm -n "__pave_qm_at 'sendkey' 0" -a "(__pave_qm_source vm-running)"
complete -c qm -n "__pave_qm_at 'sendkey'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'sendkey'" -l skiplock -d 'Ignore locks; for root only.'
complete -c qm -n "__pave_qm_at 'sendkey'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a set -d 'Change the configuration of a virtual machine.'
complete -c qm -n "__pave_qm_at 'set' 0" -a "(__pave_qm_source vm)"
complete -c qm -n "__pave_qm_at 'set'" -l acpi -d 'Give the guest ACPI; without it a shutdown request cannot reach the guest.'
complete -c qm -n "__pave_qm_at 'set'" -l affinity -d 'Host CPUs the guest\'s threads may run on, e.g.' -x
complete -c qm -n "__pave_qm_at 'set'" -l agent -d 'Talk to the QEMU guest agent inside the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l allow-ksm -d 'Let the kernel merge equal memory pages of this guest with those of others.'
complete -c qm -n "__pave_qm_at 'set'" -l amd-sev -d 'Encrypt the guest\'s memory with AMD SEV.' -x -a 'std es snp'
complete -c qm -n "__pave_qm_at 'set'" -l arch -d 'Processor architecture of the guest; the host\'s own where not given.' -x -a 'x86_64 aarch64'
complete -c qm -n "__pave_qm_at 'set'" -l args -d 'Further arguments for QEMU, as they stand; for experts.' -x
complete -c qm -n "__pave_qm_at 'set'" -l audio0 -d 'Sound card of the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l autostart -d 'Start again after a crash (stored, and without effect in the original as well).'
complete -c qm -n "__pave_qm_at 'set'" -l balloon -d 'What a balloon leaves of the memory, in MiB, from the start on; 0 leaves the balloon device out.' -x
complete -c qm -n "__pave_qm_at 'set'" -l bios -d 'Firmware of the guest: a classic BIOS or UEFI.' -x -a 'seabios ovmf'
complete -c qm -n "__pave_qm_at 'set'" -l boot -d 'Devices the guest boots from, in order.' -x
complete -c qm -n "__pave_qm_at 'set'" -l bootdisk -d 'Old form: the disk to boot from; use boot with an order instead.' -x
complete -c qm -n "__pave_qm_at 'set'" -l cdrom -d 'Another name for ide2.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l cicustom -d 'Files that take the place of generated cloud-init data.' -x
complete -c qm -n "__pave_qm_at 'set'" -l cipassword -d 'Password cloud-init sets for the user; an SSH key is the better way.' -x
complete -c qm -n "__pave_qm_at 'set'" -l citype -d 'Format of the cloud-init drive; by the guest\'s operating system where not given.' -x -a 'configdrive2 nocloud opennebula'
complete -c qm -n "__pave_qm_at 'set'" -l ciupgrade -d 'Upgrade the guest\'s packages on its first boot.'
complete -c qm -n "__pave_qm_at 'set'" -l ciuser -d 'User that cloud-init sets up instead of the image\'s own.' -x
complete -c qm -n "__pave_qm_at 'set'" -l cores -d 'Cores of each socket.' -x
complete -c qm -n "__pave_qm_at 'set'" -l cpu -d 'Model and features of the guest\'s processor.' -x
complete -c qm -n "__pave_qm_at 'set'" -l cpulimit -d 'CPU time the guest may use, in CPUs; 0 is no limit.' -x
complete -c qm -n "__pave_qm_at 'set'" -l cpuunits -d 'Weight of the guest against others when CPUs are short.' -x
complete -c qm -n "__pave_qm_at 'set'" -l delete -d 'Keys to take away.' -x -a "(__pave_qm_source guest-option)"
complete -c qm -n "__pave_qm_at 'set'" -l description -d 'Notes on the guest, kept as comments in its config file.' -x
complete -c qm -n "__pave_qm_at 'set'" -l digest -d 'Refuse the change when the configuration file has another SHA1 digest by now.' -x
complete -c qm -n "__pave_qm_at 'set'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'set'" -l efidisk0 -d 'Volume that keeps the UEFI variables.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l force -d 'Remove the volumes of deleted drives instead of keeping them as unused.'
complete -c qm -n "__pave_qm_at 'set'" -l freeze -d 'Do not run the CPUs after start, until qm resume.'
complete -c qm -n "__pave_qm_at 'set'" -l hookscript -d 'Executable snippet called before and after start and stop.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l hostpci0 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hostpci1 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hostpci2 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hostpci3 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hostpci4 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hostpci5 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hostpci6 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hostpci7 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hostpci8 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hostpci9 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hostpci10 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hostpci11 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hostpci12 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hostpci13 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hostpci14 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hostpci15 -d 'PCI device of the host, given to the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hotplug -d 'What may be changed while the guest runs: network, disk, cpu, memory, usb, cloudinit; 1 for the usual ones, 0 for nothing.' -x
complete -c qm -n "__pave_qm_at 'set'" -l hugepages -d 'Back the guest\'s memory with huge pages of that many MiB.' -x -a 'any 2 1024'
complete -c qm -n "__pave_qm_at 'set'" -l ide0 -d 'IDE disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l ide1 -d 'IDE disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l ide2 -d 'IDE disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l ide3 -d 'IDE disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l intel-tdx -d 'Protect the guest with Intel TDX.' -x -a 'tdx'
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig0 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig1 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig2 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig3 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig4 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig5 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig6 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig7 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig8 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig9 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig10 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig11 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig12 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig13 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig14 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig15 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig16 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig17 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig18 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig19 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig20 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig21 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig22 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig23 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig24 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig25 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig26 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig27 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig28 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig29 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig30 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ipconfig31 -d 'Addresses cloud-init gives the network card of that number.' -x
complete -c qm -n "__pave_qm_at 'set'" -l ivshmem -d 'Memory shared with other guests or with a program of the host.' -x
complete -c qm -n "__pave_qm_at 'set'" -l keephugepages -d 'Keep the huge pages after the guest stopped.'
complete -c qm -n "__pave_qm_at 'set'" -l keyboard -d 'Keyboard layout of the VNC server; the guest\'s own settings are usually enough.' -x -a 'de de-ch da en-gb en-us es fi fr fr-be fr-ca fr-ch hu is it ja lt mk nl no pl pt pt-br sv sl tr'
complete -c qm -n "__pave_qm_at 'set'" -l kvm -d 'Run on the processor itself; 0 emulates it.'
complete -c qm -n "__pave_qm_at 'set'" -l localtime -d 'The guest\'s clock runs on local time; on for Windows where not given.'
complete -c qm -n "__pave_qm_at 'set'" -l lock -d 'What is being done with the guest right now.' -x -a 'backup clone create migrate rollback snapshot snapshot-delete suspending suspended'
complete -c qm -n "__pave_qm_at 'set'" -l machine -d 'Machine the guest sees.' -x
complete -c qm -n "__pave_qm_at 'set'" -l memory -d 'Memory of the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l migrate_downtime -d 'Longest pause in seconds that a live migration may cause.' -x
complete -c qm -n "__pave_qm_at 'set'" -l migrate_speed -d 'Bandwidth limit of a migration in MB/s; 0 is no limit.' -x
complete -c qm -n "__pave_qm_at 'set'" -l name -d 'Name of the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l nameserver -d 'DNS servers cloud-init sets.' -x
complete -c qm -n "__pave_qm_at 'set'" -l net0 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net1 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net2 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net3 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net4 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net5 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net6 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net7 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net8 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net9 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net10 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net11 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net12 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net13 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net14 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net15 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net16 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net17 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net18 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net19 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net20 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net21 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net22 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net23 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net24 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net25 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net26 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net27 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net28 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net29 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net30 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l net31 -d 'Network card.' -x -a 'e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3'
complete -c qm -n "__pave_qm_at 'set'" -l numa -d 'Give the guest NUMA nodes.'
complete -c qm -n "__pave_qm_at 'set'" -l numa0 -d 'One NUMA node of the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l numa1 -d 'One NUMA node of the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l numa2 -d 'One NUMA node of the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l numa3 -d 'One NUMA node of the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l numa4 -d 'One NUMA node of the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l numa5 -d 'One NUMA node of the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l numa6 -d 'One NUMA node of the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l numa7 -d 'One NUMA node of the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l onboot -d 'Start the guest when the host has booted.'
complete -c qm -n "__pave_qm_at 'set'" -l ostype -d 'Operating system of the guest; sets what suits it.' -x -a 'other wxp w2k w2k3 w2k8 wvista win7 win8 win10 win11 l24 l26 solaris'
complete -c qm -n "__pave_qm_at 'set'" -l parallel0 -d 'Parallel port of the host.' -x
complete -c qm -n "__pave_qm_at 'set'" -l parallel1 -d 'Parallel port of the host.' -x
complete -c qm -n "__pave_qm_at 'set'" -l parallel2 -d 'Parallel port of the host.' -x
complete -c qm -n "__pave_qm_at 'set'" -l protection -d 'Refuse to remove the guest or its disks.'
complete -c qm -n "__pave_qm_at 'set'" -l reboot -d 'Allow the guest to reboot; 0 ends it instead.'
complete -c qm -n "__pave_qm_at 'set'" -l revert -d 'Pending changes to forget.' -x -a "(__pave_qm_source guest-option)"
complete -c qm -n "__pave_qm_at 'set'" -l rng0 -d 'Random numbers from the host.' -x
complete -c qm -n "__pave_qm_at 'set'" -l sata0 -d 'SATA disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l sata1 -d 'SATA disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l sata2 -d 'SATA disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l sata3 -d 'SATA disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l sata4 -d 'SATA disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l sata5 -d 'SATA disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi0 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi1 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi2 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi3 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi4 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi5 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi6 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi7 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi8 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi9 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi10 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi11 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi12 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi13 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi14 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi15 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi16 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi17 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi18 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi19 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi20 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi21 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi22 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi23 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi24 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi25 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi26 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi27 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi28 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi29 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsi30 -d 'SCSI disk or CD-ROM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l scsihw -d 'Model of the SCSI controller.' -x -a 'lsi lsi53c810 virtio-scsi-pci virtio-scsi-single megasas pvscsi'
complete -c qm -n "__pave_qm_at 'set'" -l searchdomain -d 'DNS search domains cloud-init sets.' -x
complete -c qm -n "__pave_qm_at 'set'" -l serial0 -d 'Serial port: socket for qm terminal, or a device of the host.' -x
complete -c qm -n "__pave_qm_at 'set'" -l serial1 -d 'Serial port: socket for qm terminal, or a device of the host.' -x
complete -c qm -n "__pave_qm_at 'set'" -l serial2 -d 'Serial port: socket for qm terminal, or a device of the host.' -x
complete -c qm -n "__pave_qm_at 'set'" -l serial3 -d 'Serial port: socket for qm terminal, or a device of the host.' -x
complete -c qm -n "__pave_qm_at 'set'" -l shares -d 'Weight for automatic ballooning, kept for hosts that have it.' -x
complete -c qm -n "__pave_qm_at 'set'" -l skiplock -d 'Ignore locks; for root only.'
complete -c qm -n "__pave_qm_at 'set'" -l smbios1 -d 'What the guest\'s firmware tells about the machine.' -x
complete -c qm -n "__pave_qm_at 'set'" -l smp -d 'Old name of sockets.' -x
complete -c qm -n "__pave_qm_at 'set'" -l sockets -d 'Sockets of the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l spice_enhancements -d 'Extras of SPICE.' -x
complete -c qm -n "__pave_qm_at 'set'" -l sshkeys -d 'File with the SSH public keys cloud-init sets up.' -x
complete -c qm -n "__pave_qm_at 'set'" -l startdate -d 'What the guest\'s clock shows at the start.' -x
complete -c qm -n "__pave_qm_at 'set'" -l startup -d 'When the guest is started and stopped among the others: a place in the order and pauses in seconds.' -x
complete -c qm -n "__pave_qm_at 'set'" -l tablet -d 'Give the guest a tablet, so that the pointer follows over VNC.'
complete -c qm -n "__pave_qm_at 'set'" -l tags -d 'Tags of the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l tdf -d 'Correct the guest\'s clock for lost ticks.'
complete -c qm -n "__pave_qm_at 'set'" -l template -d 'The guest is a template.'
complete -c qm -n "__pave_qm_at 'set'" -l tpmstate0 -d 'Volume that keeps the state of a TPM.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused0 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused1 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused2 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused3 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused4 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused5 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused6 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused7 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused8 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused9 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused10 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused11 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused12 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused13 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused14 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused15 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused16 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused17 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused18 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused19 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused20 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused21 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused22 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused23 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused24 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused25 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused26 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused27 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused28 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused29 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused30 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l unused31 -d 'Volume that belongs to the guest and is not attached.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l usb0 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'set'" -l usb1 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'set'" -l usb2 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'set'" -l usb3 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'set'" -l usb4 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'set'" -l usb5 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'set'" -l usb6 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'set'" -l usb7 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'set'" -l usb8 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'set'" -l usb9 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'set'" -l usb10 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'set'" -l usb11 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'set'" -l usb12 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'set'" -l usb13 -d 'USB device.' -x
complete -c qm -n "__pave_qm_at 'set'" -l vcpus -d 'CPUs that are plugged in at the start; all of them where not given.' -x
complete -c qm -n "__pave_qm_at 'set'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_at 'set'" -l vga -d 'Graphics card.' -x -a 'cirrus qxl qxl2 qxl3 qxl4 none serial0 serial1 serial2 serial3 std virtio virtio-gl vmware'
complete -c qm -n "__pave_qm_at 'set'" -l virtio0 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l virtio1 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l virtio2 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l virtio3 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l virtio4 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l virtio5 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l virtio6 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l virtio7 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l virtio8 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l virtio9 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l virtio10 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l virtio11 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l virtio12 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l virtio13 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l virtio14 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l virtio15 -d 'VirtIO block disk.' -x -a "(__pave_qm_source volume)"
complete -c qm -n "__pave_qm_at 'set'" -l virtiofs0 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l virtiofs1 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l virtiofs2 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l virtiofs3 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l virtiofs4 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l virtiofs5 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l virtiofs6 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l virtiofs7 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l virtiofs8 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l virtiofs9 -d 'Folder of the host, shared with the guest.' -x
complete -c qm -n "__pave_qm_at 'set'" -l vmgenid -d 'Generation id the guest sees, new after a clone or roll-back; 1 makes one, 0 leaves it out.' -x
complete -c qm -n "__pave_qm_at 'set'" -l vmstatestorage -d 'Storage for the memory of suspended guests and snapshots.' -x -a "(__pave_qm_source storage)"
complete -c qm -n "__pave_qm_at 'set'" -l watchdog -d 'Watchdog card.' -x -a 'i6300esb ib700'
complete -c qm -n "__pave_qm_next ''" -a shutdown -d 'Shut a virtual machine down through its guest agent, or through ACPI.'
complete -c qm -n "__pave_qm_at 'shutdown' 0" -a "(__pave_qm_source vm-running)"
complete -c qm -n "__pave_qm_at 'shutdown'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'shutdown'" -l forceStop -d 'End it when the time is up.'
complete -c qm -n "__pave_qm_at 'shutdown'" -l keepActive -d 'Leave its volumes active.'
complete -c qm -n "__pave_qm_at 'shutdown'" -l skiplock -d 'Ignore locks; for root only.'
complete -c qm -n "__pave_qm_at 'shutdown'" -l timeout -d 'Seconds to wait for it; 60, or down of its startup key, where not given.' -x
complete -c qm -n "__pave_qm_at 'shutdown'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a start -d 'Start a virtual machine.'
complete -c qm -n "__pave_qm_at 'start' 0" -a "(__pave_qm_source vm-stopped)"
complete -c qm -n "__pave_qm_at 'start'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'start'" -l force-cpu -d 'QEMU\'s -cpu argument instead of the one the configuration makes.' -x
complete -c qm -n "__pave_qm_at 'start'" -l machine -d 'Machine type instead of the configured one.' -x
complete -c qm -n "__pave_qm_at 'start'" -l migratedfrom -d 'Node the machine is migrated from; for migrations only.' -x -a "(__pave_qm_source node)"
complete -c qm -n "__pave_qm_at 'start'" -l migration_network -d 'Network of a migration; for migrations only.' -x
complete -c qm -n "__pave_qm_at 'start'" -l migration_type -d 'Kind of a migration; for migrations only.' -x -a 'secure insecure'
complete -c qm -n "__pave_qm_at 'start'" -l nets-host-mtu -d 'MTUs of the network cards; for migrations only.' -x
complete -c qm -n "__pave_qm_at 'start'" -l skiplock -d 'Ignore locks; for root only.'
complete -c qm -n "__pave_qm_at 'start'" -l stateuri -d 'Where the state comes from; for migrations only.' -x
complete -c qm -n "__pave_qm_at 'start'" -l targetstorage -d 'Mapping of storages; for migrations only.' -x
complete -c qm -n "__pave_qm_at 'start'" -l timeout -d 'Seconds QEMU may take to be ready.' -x
complete -c qm -n "__pave_qm_at 'start'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_at 'start'" -l with-conntrack-state -d 'Take connection tracking along; for migrations only.'
complete -c qm -n "__pave_qm_next ''" -a stop -d 'End a virtual machine at once, as if its plug was pulled.'
complete -c qm -n "__pave_qm_at 'stop' 0" -a "(__pave_qm_source vm-running)"
complete -c qm -n "__pave_qm_at 'stop'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'stop'" -l keepActive -d 'Leave its volumes active.'
complete -c qm -n "__pave_qm_at 'stop'" -l migratedfrom -d 'Node the machine is migrated from; for migrations only.' -x -a "(__pave_qm_source node)"
complete -c qm -n "__pave_qm_at 'stop'" -l overrule-shutdown -d 'End a qm shutdown of the machine that is under way.'
complete -c qm -n "__pave_qm_at 'stop'" -l skiplock -d 'Ignore locks; for root only.'
complete -c qm -n "__pave_qm_at 'stop'" -l timeout -d 'Seconds to wait before QEMU is killed.' -x
complete -c qm -n "__pave_qm_at 'stop'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a suspend -d 'Pause a virtual machine, or save it to disk and end it.'
complete -c qm -n "__pave_qm_at 'suspend' 0" -a "(__pave_qm_source vm-running)"
complete -c qm -n "__pave_qm_at 'suspend'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'suspend'" -l skiplock -d 'Ignore locks; for root only.'
complete -c qm -n "__pave_qm_at 'suspend'" -l statestorage -d 'Storage for the saved memory; else vmstatestorage, else one the machine uses.' -x -a "(__pave_qm_source storage)"
complete -c qm -n "__pave_qm_at 'suspend'" -l todisk -d 'Save the memory to a volume and end QEMU; the next start goes on from there.'
complete -c qm -n "__pave_qm_at 'suspend'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a enroll-efi-keys -d 'Enrol Microsoft\'s UEFI certificates of 2023 in a VM\'s EFI disk.'
complete -c qm -n "__pave_qm_at 'enroll-efi-keys' 0" -a "(__pave_qm_source vm-stopped)"
complete -c qm -n "__pave_qm_at 'enroll-efi-keys'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'enroll-efi-keys'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a cleanup -d 'Clean up after a virtual machine whose QEMU has ended; called by what watches it.'
complete -c qm -n "__pave_qm_at 'cleanup' 0" -a "(__pave_qm_source vm)"
complete -c qm -n "__pave_qm_at 'cleanup'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'cleanup'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a monitor -d 'Talk to QEMU\'s monitor of a virtual machine.'
complete -c qm -n "__pave_qm_at 'monitor' 0" -a "(__pave_qm_source vm-running)"
complete -c qm -n "__pave_qm_at 'monitor'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'monitor'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a showcmd -d 'Show the QEMU command line of a virtual machine.'
complete -c qm -n "__pave_qm_at 'showcmd' 0" -a "(__pave_qm_source vm)"
complete -c qm -n "__pave_qm_at 'showcmd'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c qm -n "__pave_qm_at 'showcmd'" -l noborder -d 'Leave out the borders (text only).'
complete -c qm -n "__pave_qm_at 'showcmd'" -l noheader -d 'Leave out the column headers (text only).'
complete -c qm -n "__pave_qm_at 'showcmd'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c qm -n "__pave_qm_at 'showcmd'" -l pretty -d 'An option a line.'
complete -c qm -n "__pave_qm_at 'showcmd'" -l quiet -d 'Do not print the result.'
complete -c qm -n "__pave_qm_at 'showcmd'" -l snapshot -d 'Of that snapshot.' -x -a "(__pave_qm_source snapshot)"
complete -c qm -n "__pave_qm_at 'showcmd'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a status -d 'Show whether a virtual machine runs.'
complete -c qm -n "__pave_qm_at 'status' 0" -a "(__pave_qm_source vm)"
complete -c qm -n "__pave_qm_at 'status'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c qm -n "__pave_qm_at 'status'" -l noborder -d 'Leave out the borders (text only).'
complete -c qm -n "__pave_qm_at 'status'" -l noheader -d 'Leave out the column headers (text only).'
complete -c qm -n "__pave_qm_at 'status'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c qm -n "__pave_qm_at 'status'" -l quiet -d 'Do not print the result.'
complete -c qm -n "__pave_qm_at 'status'" -l verbose -d 'Show all that is known of it.'
complete -c qm -n "__pave_qm_next ''" -a terminal -d 'Open a terminal on a serial port of a virtual machine.'
complete -c qm -n "__pave_qm_at 'terminal' 0" -a "(__pave_qm_source vm-running)"
complete -c qm -n "__pave_qm_at 'terminal'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'terminal'" -l escape -d 'Key that leaves: ^ and a letter, or its code; 0 for none.' -x
complete -c qm -n "__pave_qm_at 'terminal'" -l iface -d 'The port; the first one that is a socket where not given.' -x -a 'serial0 serial1 serial2 serial3'
complete -c qm -n "__pave_qm_at 'terminal'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a unlock -d 'Take the lock of a virtual machine away.'
complete -c qm -n "__pave_qm_at 'unlock' 0" -a "(__pave_qm_source vm)"
complete -c qm -n "__pave_qm_at 'unlock'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'unlock'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a vncproxy -d 'Connect standard input and output with a virtual machine\'s VNC server.'
complete -c qm -n "__pave_qm_at 'vncproxy' 0" -a "(__pave_qm_source vm-running)"
complete -c qm -n "__pave_qm_at 'vncproxy'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'vncproxy'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a wait -d 'Wait until a virtual machine has stopped.'
complete -c qm -n "__pave_qm_at 'wait' 0" -a "(__pave_qm_source vm-running)"
complete -c qm -n "__pave_qm_at 'wait'" -l timeout -d 'Seconds to wait; for ever where not given.' -x
complete -c qm -n "__pave_qm_at 'wait'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a cloudinit -d 'cloudinit commands'
complete -c qm -n "__pave_qm_next 'cloudinit'" -a dump -d 'Show what cloud-init is told, as it is generated from the configuration.'
complete -c qm -n "__pave_qm_at 'cloudinit dump' 0" -a "(__pave_qm_source vm)"
complete -c qm -n "__pave_qm_at 'cloudinit dump' 1" -a 'user network meta'
complete -c qm -n "__pave_qm_at 'cloudinit dump'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c qm -n "__pave_qm_at 'cloudinit dump'" -l noborder -d 'Leave out the borders (text only).'
complete -c qm -n "__pave_qm_at 'cloudinit dump'" -l noheader -d 'Leave out the column headers (text only).'
complete -c qm -n "__pave_qm_at 'cloudinit dump'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c qm -n "__pave_qm_at 'cloudinit dump'" -l quiet -d 'Do not print the result.'
complete -c qm -n "__pave_qm_at 'cloudinit dump'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next 'cloudinit'" -a pending -d 'Show what cloud-init is told, as the drive has it and as the configuration says.'
complete -c qm -n "__pave_qm_at 'cloudinit pending' 0" -a "(__pave_qm_source vm)"
complete -c qm -n "__pave_qm_at 'cloudinit pending'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c qm -n "__pave_qm_at 'cloudinit pending'" -l noborder -d 'Leave out the borders (text only).'
complete -c qm -n "__pave_qm_at 'cloudinit pending'" -l noheader -d 'Leave out the column headers (text only).'
complete -c qm -n "__pave_qm_at 'cloudinit pending'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c qm -n "__pave_qm_at 'cloudinit pending'" -l quiet -d 'Do not print the result.'
complete -c qm -n "__pave_qm_at 'cloudinit pending'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next 'cloudinit'" -a update -d 'Write the cloud-init drive anew and give it to the guest.'
complete -c qm -n "__pave_qm_at 'cloudinit update' 0" -a "(__pave_qm_source vm)"
complete -c qm -n "__pave_qm_at 'cloudinit update'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'cloudinit update'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_next ''" -a disk -d 'disk commands'
complete -c qm -n "__pave_qm_next 'disk'" -a rescan -d 'Look through the storages: refresh disk sizes and record volumes nothing uses as unusedN.'
complete -c qm -n "__pave_qm_at 'disk rescan'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'disk rescan'" -l dryrun -d 'Only say what would change.'
complete -c qm -n "__pave_qm_at 'disk rescan'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_at 'disk rescan'" -l vmid -d 'Only this virtual machine.' -x -a "(__pave_qm_source vm)"
complete -c qm -n "__pave_qm_next ''" -a rescan -d 'Look through the storages: refresh disk sizes and record volumes nothing uses as unusedN.'
complete -c qm -n "__pave_qm_at 'rescan'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qm -n "__pave_qm_at 'rescan'" -l dryrun -d 'Only say what would change.'
complete -c qm -n "__pave_qm_at 'rescan'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c qm -n "__pave_qm_at 'rescan'" -l vmid -d 'Only this virtual machine.' -x -a "(__pave_qm_source vm)"
complete -c qm -n "__pave_qm_next ''" -a help -d 'Show help about a command.'
complete -c qm -n "__pave_qm_at help 0" -a 'config create destroy list pending reboot reset resume sendkey set shutdown start stop suspend enroll-efi-keys cleanup monitor showcmd status terminal unlock vncproxy wait cloudinit disk rescan help'
complete -c qm -n "__pave_qm_at 'help'" -l verbose -d 'All options.'
