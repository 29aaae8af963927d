# Fish completion of vzdump. Generated from the declarations by npm run generate.
# Everything comes from files: node is not started.

function __pave_vzdump_source
    # In a list only the last item is completed.
    set -l head (string match -r '^(?:--[^=]*=)?(.*,)' -- (commandline -ct))[2]
    switch $argv[1]
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
    end | while read -l candidate
        echo "$head$candidate"
    end
end

# True where the words so far are this command; a second argument is the number of positionals after it.
function __pave_vzdump_at
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
            case '--*=*' --all --dry-run --protected --quiet --remove --stdexcludes --stdout --stop --verbose
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

function __pave_vzdump_next
    set -l words (commandline -opc)
    set -e words[1]
    test "$words" = "$argv[1]"
end

complete -c vzdump -f
complete -c vzdump -n "__pave_vzdump_at '' 0" -a "(__pave_vzdump_source vm)"
complete -c vzdump -n "__pave_vzdump_at ''" -l all -d 'Back up all guests of this node.'
complete -c vzdump -n "__pave_vzdump_at ''" -l bwlimit -d 'Read at most so many KiB/s; 0: no limit.' -x
complete -c vzdump -n "__pave_vzdump_at ''" -l compress -d 'Compress the archive; 1 is lzo.' -x -a '0 1 gzip lzo zstd'
complete -c vzdump -n "__pave_vzdump_at ''" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c vzdump -n "__pave_vzdump_at ''" -l dumpdir -d 'Write to this folder instead of a storage.' -x
complete -c vzdump -n "__pave_vzdump_at ''" -l exclude -d 'Guests to leave out; implies --all.' -x -a "(__pave_vzdump_source vm)"
complete -c vzdump -n "__pave_vzdump_at ''" -l exclude-path -d 'For containers: files to leave out, as shell patterns.' -x
complete -c vzdump -n "__pave_vzdump_at ''" -l fleecing -d 'For VMs: keep what the guest overwrites during the backup on a fast storage first.' -x
complete -c vzdump -n "__pave_vzdump_at ''" -l fullbackup -d 'For VMs: every Nth backup is a full one, those between hold only what has changed since the one before; 0 or 1: all are full.' -x
complete -c vzdump -n "__pave_vzdump_at ''" -l ionice -d 'Priority of disk access: 0 is the highest, 7 the lowest, 8 only when idle.' -x
complete -c vzdump -n "__pave_vzdump_at ''" -l job-id -d 'The id of the job this belongs to; notifications carry it.' -x
complete -c vzdump -n "__pave_vzdump_at ''" -l lockwait -d 'Minutes to wait for another vzdump of this node to end.' -x
complete -c vzdump -n "__pave_vzdump_at ''" -l mailnotification -d 'When to send mail to --mailto.' -x -a 'always failure'
complete -c vzdump -n "__pave_vzdump_at ''" -l mailto -d 'Who gets mail about the backup.' -x
complete -c vzdump -n "__pave_vzdump_at ''" -l mode -d 'Back a running guest up as it runs, paused for a moment, or shut down for a moment.' -x -a 'snapshot suspend stop'
complete -c vzdump -n "__pave_vzdump_at ''" -l node -d 'Do nothing on any other node.' -x -a "(__pave_vzdump_source node)"
complete -c vzdump -n "__pave_vzdump_at ''" -l notes-template -d 'Notes to be kept with the backup.' -x
complete -c vzdump -n "__pave_vzdump_at ''" -l notification-mode -d 'Mail to --mailto, notify as /etc/pve/notifications.cfg says, or the first where --mailto is given, else the second.' -x -a 'auto legacy-sendmail notification-system'
complete -c vzdump -n "__pave_vzdump_at ''" -l pbs-change-detection-mode -d 'For containers on a Proxmox Backup Server: how changed files are found.' -x -a 'legacy data metadata'
complete -c vzdump -n "__pave_vzdump_at ''" -l performance -d 'How hard the disks are read.' -x
complete -c vzdump -n "__pave_vzdump_at ''" -l pigz -d 'Use pigz for gzip: with so many threads; 1 takes half of the CPUs.' -x
complete -c vzdump -n "__pave_vzdump_at ''" -l pool -d 'Back up the guests of this pool.' -x
complete -c vzdump -n "__pave_vzdump_at ''" -l protected -d 'Mark the backup as protected: nothing removes it before the mark is taken away.'
complete -c vzdump -n "__pave_vzdump_at ''" -l prune-backups -d 'Which backups to keep, instead of what the storage says.' -x
complete -c vzdump -n "__pave_vzdump_at ''" -l quiet -d 'Print nothing.'
complete -c vzdump -n "__pave_vzdump_at ''" -l remove -d 'Remove the backups that prune-backups does not keep, once the new one is there.'
complete -c vzdump -n "__pave_vzdump_at ''" -l script -d 'Hook script that is called at each phase.' -r -F
complete -c vzdump -n "__pave_vzdump_at ''" -l stdexcludes -d 'For containers: leave out temporary files.'
complete -c vzdump -n "__pave_vzdump_at ''" -l stdout -d 'Write the archive of one guest to standard output.'
complete -c vzdump -n "__pave_vzdump_at ''" -l stop -d 'Stop the backup that runs on this node.'
complete -c vzdump -n "__pave_vzdump_at ''" -l stopwait -d 'Minutes to wait for a guest to shut down.' -x
complete -c vzdump -n "__pave_vzdump_at ''" -l storage -d 'The storage to back up to; local where neither it nor --dumpdir is given.' -x -a "(__pave_vzdump_source storage-enabled)"
complete -c vzdump -n "__pave_vzdump_at ''" -l tmpdir -d 'Folder for temporary files.' -x
complete -c vzdump -n "__pave_vzdump_at ''" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c vzdump -n "__pave_vzdump_at ''" -l zstd -d 'Threads of zstd; 0 takes half of the CPUs.' -x
