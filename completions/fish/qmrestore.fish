# Fish completion of qmrestore. Generated from the declarations by npm run generate.
# Everything comes from files: node is not started.

function __pave_qmrestore_source
    # In a list only the last item is completed.
    set -l head (string match -r '^(?:--[^=]*=)?(.*,)' -- (commandline -ct))[2]
    switch $argv[1]
        case storage
            sh -c '{ echo local; sed -n \'s/^[a-z0-9]*: *//p\' ${PAVE_ROOT:-}/etc/pve/storage.cfg 2>/dev/null; } | sort -u'
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
function __pave_qmrestore_at
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
            case '--*=*' --dry-run --force --ha-managed --live-restore --start --unique --verbose
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

function __pave_qmrestore_next
    set -l words (commandline -opc)
    set -e words[1]
    test "$words" = "$argv[1]"
end

complete -c qmrestore -f
complete -c qmrestore -n "__pave_qmrestore_at '' 0" -a "(__pave_qmrestore_source volume)"
complete -c qmrestore -n "__pave_qmrestore_at ''" -l bwlimit -d 'Bandwidth limit in KiB/s; 0 is none.' -x
complete -c qmrestore -n "__pave_qmrestore_at ''" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c qmrestore -n "__pave_qmrestore_at ''" -l force -d 'Replace a virtual machine of that id.'
complete -c qmrestore -n "__pave_qmrestore_at ''" -l ha-managed -d 'Add the machine as a resource of high availability.'
complete -c qmrestore -n "__pave_qmrestore_at ''" -l live-restore -d 'Start the machine at once and restore it while it runs.'
complete -c qmrestore -n "__pave_qmrestore_at ''" -l pool -d 'Pool the machine is added to.' -x
complete -c qmrestore -n "__pave_qmrestore_at ''" -l start -d 'Start the machine once it is restored.'
complete -c qmrestore -n "__pave_qmrestore_at ''" -l storage -d 'Storage for all disks; where left out, those they were on.' -x -a "(__pave_qmrestore_source storage)"
complete -c qmrestore -n "__pave_qmrestore_at ''" -l tmpdir -d 'With --live-restore: folder for a packed archive, which has to be unpacked, and for what the machine writes to disks that are not qcow2 until they are restored.' -r -F
complete -c qmrestore -n "__pave_qmrestore_at ''" -l unique -d 'Give it new MAC addresses and a new UUID, to run beside the original.'
complete -c qmrestore -n "__pave_qmrestore_at ''" -l verbose -d 'Show every command as it runs, on standard error.'
