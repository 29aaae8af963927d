# Fish completion of pvesm. Generated from the declarations by npm run generate.
# Everything comes from files: node is not started.

function __pave_pvesm_source
    # In a list only the last item is completed.
    set -l head (string match -r '^(?:--[^=]*=)?(.*,)' -- (commandline -ct))[2]
    switch $argv[1]
        case node
            sh -c 'ls ${PAVE_ROOT:-}/etc/pve/nodes 2>/dev/null'
        case storage
            sh -c '{ echo local; sed -n \'s/^[a-z0-9]*: *//p\' ${PAVE_ROOT:-}/etc/pve/storage.cfg 2>/dev/null; } | sort -u'
        case storage-enabled
            sh -c '{ cat ${PAVE_ROOT:-}/etc/pve/storage.cfg 2>/dev/null; echo; } | awk \'
        function flush() { if (id != "" && !off) print id, path; if (id == "local") seen = 1; id = "" }
        /^[a-z0-9]+:/ { flush(); id = $2; path = id == "local" ? "/var/lib/vz" : "-"; off = 0 }
        $1 == "path" { path = $2 }
        $1 == "disable" && $2 != "0" { off = 1 }
        END { flush(); if (!seen) print "local", "/var/lib/vz" }\' | cut -d\' \' -f1 | sort -u'
        case vm
            sh -c 'ls ${PAVE_ROOT:-}/etc/pve/nodes/*/qemu-server 2>/dev/null | sed -n \'s/\\.conf$//p\' | sort -n'
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
function __pave_pvesm_at
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
            case '--*=*' --create-base-path --create-subdirs --disable --dry-run --enabled --format --fuse --human-readable --keep-all --krbd --mkdir --noborder --nocow --noheader --nowritecache --quiet --saferemove --shared --skip-cert-verification --snapshot-as-volume-chain --sparse --tagged_only --verbose
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

function __pave_pvesm_next
    set -l words (commandline -opc)
    set -e words[1]
    test "$words" = "$argv[1]"
end

complete -c pvesm -f
complete -c pvesm -n "__pave_pvesm_next ''" -a add -d 'Add a storage.'
complete -c pvesm -n "__pave_pvesm_at 'add' 0" -a 'btrfs cephfs cifs dir esxi iscsi iscsidirect lvm lvmthin nfs pbs rbd zfs zfspool'
complete -c pvesm -n "__pave_pvesm_at 'add' 1" -a "(__pave_pvesm_source storage)"
complete -c pvesm -n "__pave_pvesm_at 'add'" -l authsupported -d 'How to authenticate to Ceph; only kept for old files.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l base -d 'Base volume: it is activated first.' -x -a "(__pave_pvesm_source volume)"
complete -c pvesm -n "__pave_pvesm_at 'add'" -l blocksize -d 'Block size of ZFS volumes.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l bwlimit -d 'Limits of bandwidth for operations on this storage, in KiB/s.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l comstar_hg -d 'Host group for COMSTAR views.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l comstar_tg -d 'Target group for COMSTAR views.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l content -d 'What the storage may hold: images for disks of VMs, rootdir for containers, vztmpl, iso, backup, snippets, import; or none.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l content-dirs -d 'Folders for content types, below the path, in place of the usual ones.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l create-base-path -d 'Create the path itself where it does not exist.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l create-subdirs -d 'Create the folders of the content types.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l data-pool -d 'Ceph pool for data, for erasure coding.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l datastore -d 'Name of the datastore on a Proxmox Backup Server.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l disable -d 'Do not use this storage.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l domain -d 'CIFS domain.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l encryption-key -d 'Encryption key for backups, a file; `autogen` makes one without a passphrase.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l export -d 'Path the NFS server exports.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l fingerprint -d 'SHA-256 fingerprint of the server\'s certificate.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l format -d 'Format of new images where none is asked for.' -x -a 'raw qcow2 subvol vmdk'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l fs-name -d 'Name of the Ceph file system.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l fuse -d 'Mount CephFS through FUSE.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l is_mountpoint -d 'The path (yes), or the path given here, is mounted by somebody else: while it is not, the storage is offline.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l iscsiprovider -d 'What serves iSCSI there: comstar, istgt, iet or LIO.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l keyring -d 'Keyring for a Ceph cluster elsewhere, a file.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l krbd -d 'Access images through the krbd kernel module.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l lio_tpg -d 'Target portal group of Linux LIO targets.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l master-pubkey -d 'Public RSA key (PEM, a file): each encrypted backup gets the key encrypted with it.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l max-protected-backups -d 'How many backups of a guest may be protected; -1: any number.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l mkdir -d 'Create the path and its folders.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l monhost -d 'Addresses of the monitors of a Ceph cluster elsewhere.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l mountpoint -d 'Where the pool is mounted.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l namespace -d 'Namespace on the server, or in the pool.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l noborder -d 'Leave out the borders (text only).'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l nocow -d 'Switch copy-on-write off for new images: faster, but without checksums.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l nodes -d 'Use it on these nodes only.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l nowritecache -d 'Switch the write cache of the target off.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l options -d 'Mount options of NFS or CIFS, see nfs(5) and mount.cifs(8).' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l password -d 'Password for the share or the server; asked for when given empty.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l path -d 'Folder of the storage on this machine.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l pool -d 'Name of the pool.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l port -d 'Port of the server, where it is not the usual one (for PBS and ESXi).' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l portal -d 'Portal of the iSCSI target: name or address, with or without a port.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l preallocation -d 'How much of a new raw or qcow2 image is allocated at once; for raw, metadata is off.' -x -a 'off metadata falloc full'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l prune-backups -d 'How many backups of each guest are kept when a backup job prunes.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l quiet -d 'Do not print the result.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l saferemove -d 'Overwrite removed volumes with zeroes.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l saferemove-stepsize -d 'MiB that are overwritten at a time, at most what the storage can.' -x -a '1 2 4 8 16 32'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l saferemove_throughput -d 'How fast removed volumes are overwritten.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l server -d 'Name or address of the server.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l share -d 'Name of the CIFS share.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l shared -d 'The storage has the same content on all nodes, or on all that `nodes` names.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l skip-cert-verification -d 'Do not check the TLS certificate: only in a network that is trusted wholly.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l smbversion -d 'Version of the SMB protocol; default takes the highest that both sides know.' -x -a 'default 2.0 2.1 3 3.0 3.11'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l snapshot-as-volume-chain -d 'Keep snapshots as volumes of their own, one on top of the other.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l sparse -d 'Make volumes that take their space only as they fill.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l subdir -d 'Folder of the share that is mounted.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l tagged_only -d 'Only use logical volumes tagged \'pve-vm-ID\'.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l target -d 'Name of the iSCSI target.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l thinpool -d 'Thin pool of the volume group.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l username -d 'User name for the share, the server or the Ceph cluster.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvesm -n "__pave_pvesm_at 'add'" -l vgname -d 'Name of the volume group.' -x
complete -c pvesm -n "__pave_pvesm_at 'add'" -l zfs-base-path -d 'Folder with the block devices of the pool on the target; found out where possible.' -x
complete -c pvesm -n "__pave_pvesm_next ''" -a alloc -d 'Make a new disk image.'
complete -c pvesm -n "__pave_pvesm_at 'alloc' 0" -a "(__pave_pvesm_source storage-enabled)"
complete -c pvesm -n "__pave_pvesm_at 'alloc' 1" -a "(__pave_pvesm_source vm)"
complete -c pvesm -n "__pave_pvesm_at 'alloc'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pvesm -n "__pave_pvesm_at 'alloc'" -l format -d 'Image format, where the name does not tell it.' -x -a 'raw qcow2 subvol vmdk'
complete -c pvesm -n "__pave_pvesm_at 'alloc'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pvesm -n "__pave_pvesm_at 'alloc'" -l noborder -d 'Leave out the borders (text only).'
complete -c pvesm -n "__pave_pvesm_at 'alloc'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pvesm -n "__pave_pvesm_at 'alloc'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pvesm -n "__pave_pvesm_at 'alloc'" -l quiet -d 'Do not print the result.'
complete -c pvesm -n "__pave_pvesm_at 'alloc'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvesm -n "__pave_pvesm_next ''" -a apiinfo -d 'Show the version of the storage interface.'
complete -c pvesm -n "__pave_pvesm_at 'apiinfo'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pvesm -n "__pave_pvesm_at 'apiinfo'" -l noborder -d 'Leave out the borders (text only).'
complete -c pvesm -n "__pave_pvesm_at 'apiinfo'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pvesm -n "__pave_pvesm_at 'apiinfo'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pvesm -n "__pave_pvesm_at 'apiinfo'" -l quiet -d 'Do not print the result.'
complete -c pvesm -n "__pave_pvesm_at 'apiinfo'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvesm -n "__pave_pvesm_next ''" -a extractconfig -d 'Show a guest\'s configuration as it stands in a backup.'
complete -c pvesm -n "__pave_pvesm_at 'extractconfig' 0" -a "(__pave_pvesm_source volume)"
complete -c pvesm -n "__pave_pvesm_at 'extractconfig'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pvesm -n "__pave_pvesm_at 'extractconfig'" -l noborder -d 'Leave out the borders (text only).'
complete -c pvesm -n "__pave_pvesm_at 'extractconfig'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pvesm -n "__pave_pvesm_at 'extractconfig'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pvesm -n "__pave_pvesm_at 'extractconfig'" -l quiet -d 'Do not print the result.'
complete -c pvesm -n "__pave_pvesm_at 'extractconfig'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvesm -n "__pave_pvesm_next ''" -a free -d 'Remove a volume.'
complete -c pvesm -n "__pave_pvesm_at 'free' 0" -a "(__pave_pvesm_source volume)"
complete -c pvesm -n "__pave_pvesm_at 'free'" -l delay -d 'Seconds to wait for the end before going on in the background.' -x
complete -c pvesm -n "__pave_pvesm_at 'free'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pvesm -n "__pave_pvesm_at 'free'" -l storage -d 'The storage, where the volume is given without it.' -x -a "(__pave_pvesm_source storage)"
complete -c pvesm -n "__pave_pvesm_at 'free'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvesm -n "__pave_pvesm_next ''" -a list -d 'List the volumes of a storage.'
complete -c pvesm -n "__pave_pvesm_at 'list' 0" -a "(__pave_pvesm_source storage-enabled)"
complete -c pvesm -n "__pave_pvesm_at 'list'" -l content -d 'Only volumes of this type.' -x
complete -c pvesm -n "__pave_pvesm_at 'list'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pvesm -n "__pave_pvesm_at 'list'" -l noborder -d 'Leave out the borders (text only).'
complete -c pvesm -n "__pave_pvesm_at 'list'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pvesm -n "__pave_pvesm_at 'list'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pvesm -n "__pave_pvesm_at 'list'" -l quiet -d 'Do not print the result.'
complete -c pvesm -n "__pave_pvesm_at 'list'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvesm -n "__pave_pvesm_at 'list'" -l vmid -d 'Only volumes of this guest.' -x -a "(__pave_pvesm_source vm)"
complete -c pvesm -n "__pave_pvesm_next ''" -a path -d 'Show the path of a volume.'
complete -c pvesm -n "__pave_pvesm_at 'path' 0" -a "(__pave_pvesm_source volume)"
complete -c pvesm -n "__pave_pvesm_at 'path'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pvesm -n "__pave_pvesm_at 'path'" -l noborder -d 'Leave out the borders (text only).'
complete -c pvesm -n "__pave_pvesm_at 'path'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pvesm -n "__pave_pvesm_at 'path'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pvesm -n "__pave_pvesm_at 'path'" -l quiet -d 'Do not print the result.'
complete -c pvesm -n "__pave_pvesm_at 'path'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvesm -n "__pave_pvesm_next ''" -a prune-backups -d 'Remove backups that are not to be kept.'
complete -c pvesm -n "__pave_pvesm_at 'prune-backups' 0" -a "(__pave_pvesm_source storage-enabled)"
complete -c pvesm -n "__pave_pvesm_at 'prune-backups'" -l dry-run -d 'Only show what would be removed.'
complete -c pvesm -n "__pave_pvesm_at 'prune-backups'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pvesm -n "__pave_pvesm_at 'prune-backups'" -l keep-all -d 'Keep all backups; excludes the other options.'
complete -c pvesm -n "__pave_pvesm_at 'prune-backups'" -l keep-daily -d 'Keep the latest backup of each of the last <N> days that have one.' -x
complete -c pvesm -n "__pave_pvesm_at 'prune-backups'" -l keep-hourly -d 'Keep the latest backup of each of the last <N> hours that have one.' -x
complete -c pvesm -n "__pave_pvesm_at 'prune-backups'" -l keep-last -d 'Keep the last <N> backups.' -x
complete -c pvesm -n "__pave_pvesm_at 'prune-backups'" -l keep-monthly -d 'Keep the latest backup of each of the last <N> months that have one.' -x
complete -c pvesm -n "__pave_pvesm_at 'prune-backups'" -l keep-weekly -d 'Keep the latest backup of each of the last <N> weeks that have one.' -x
complete -c pvesm -n "__pave_pvesm_at 'prune-backups'" -l keep-yearly -d 'Keep the latest backup of each of the last <N> years that have one.' -x
complete -c pvesm -n "__pave_pvesm_at 'prune-backups'" -l noborder -d 'Leave out the borders (text only).'
complete -c pvesm -n "__pave_pvesm_at 'prune-backups'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pvesm -n "__pave_pvesm_at 'prune-backups'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pvesm -n "__pave_pvesm_at 'prune-backups'" -l quiet -d 'Do not print the result.'
complete -c pvesm -n "__pave_pvesm_at 'prune-backups'" -l type -d 'Only backups of guests of this kind.' -x -a 'qemu lxc'
complete -c pvesm -n "__pave_pvesm_at 'prune-backups'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvesm -n "__pave_pvesm_at 'prune-backups'" -l vmid -d 'Only backups of this guest.' -x -a "(__pave_pvesm_source vm)"
complete -c pvesm -n "__pave_pvesm_next ''" -a remove -d 'Remove a storage from the configuration.'
complete -c pvesm -n "__pave_pvesm_at 'remove' 0" -a "(__pave_pvesm_source storage)"
complete -c pvesm -n "__pave_pvesm_at 'remove'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pvesm -n "__pave_pvesm_at 'remove'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvesm -n "__pave_pvesm_next ''" -a set -d 'Change a storage.'
complete -c pvesm -n "__pave_pvesm_at 'set' 0" -a "(__pave_pvesm_source storage)"
complete -c pvesm -n "__pave_pvesm_at 'set'" -l blocksize -d 'Block size of ZFS volumes.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l bwlimit -d 'Limits of bandwidth for operations on this storage, in KiB/s.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l comstar_hg -d 'Host group for COMSTAR views.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l comstar_tg -d 'Target group for COMSTAR views.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l content -d 'What the storage may hold: images for disks of VMs, rootdir for containers, vztmpl, iso, backup, snippets, import; or none.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l content-dirs -d 'Folders for content types, below the path, in place of the usual ones.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l create-base-path -d 'Create the path itself where it does not exist.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l create-subdirs -d 'Create the folders of the content types.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l data-pool -d 'Ceph pool for data, for erasure coding.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l delete -d 'Options to be set back to their defaults.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l digest -d 'Refuse the change when the configuration file has another SHA1 digest by now.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l disable -d 'Do not use this storage.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l domain -d 'CIFS domain.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l encryption-key -d 'Encryption key for backups, a file; `autogen` makes one without a passphrase.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l fingerprint -d 'SHA-256 fingerprint of the server\'s certificate.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l format -d 'Format of new images where none is asked for.' -x -a 'raw qcow2 subvol vmdk'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l fs-name -d 'Name of the Ceph file system.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l fuse -d 'Mount CephFS through FUSE.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l is_mountpoint -d 'The path (yes), or the path given here, is mounted by somebody else: while it is not, the storage is offline.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l keyring -d 'Keyring for a Ceph cluster elsewhere, a file.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l krbd -d 'Access images through the krbd kernel module.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l lio_tpg -d 'Target portal group of Linux LIO targets.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l master-pubkey -d 'Public RSA key (PEM, a file): each encrypted backup gets the key encrypted with it.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l max-protected-backups -d 'How many backups of a guest may be protected; -1: any number.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l mkdir -d 'Create the path and its folders.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l monhost -d 'Addresses of the monitors of a Ceph cluster elsewhere.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l mountpoint -d 'Where the pool is mounted.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l namespace -d 'Namespace on the server, or in the pool.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l noborder -d 'Leave out the borders (text only).'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l nocow -d 'Switch copy-on-write off for new images: faster, but without checksums.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l nodes -d 'Use it on these nodes only.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l nowritecache -d 'Switch the write cache of the target off.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l options -d 'Mount options of NFS or CIFS, see nfs(5) and mount.cifs(8).' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l password -d 'Password for the share or the server; asked for when given empty.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l pool -d 'Name of the pool.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l port -d 'Port of the server, where it is not the usual one (for PBS and ESXi).' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l preallocation -d 'How much of a new raw or qcow2 image is allocated at once; for raw, metadata is off.' -x -a 'off metadata falloc full'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l prune-backups -d 'How many backups of each guest are kept when a backup job prunes.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l quiet -d 'Do not print the result.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l saferemove -d 'Overwrite removed volumes with zeroes.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l saferemove-stepsize -d 'MiB that are overwritten at a time, at most what the storage can.' -x -a '1 2 4 8 16 32'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l saferemove_throughput -d 'How fast removed volumes are overwritten.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l server -d 'Name or address of the server.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l shared -d 'The storage has the same content on all nodes, or on all that `nodes` names.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l skip-cert-verification -d 'Do not check the TLS certificate: only in a network that is trusted wholly.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l smbversion -d 'Version of the SMB protocol; default takes the highest that both sides know.' -x -a 'default 2.0 2.1 3 3.0 3.11'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l snapshot-as-volume-chain -d 'Keep snapshots as volumes of their own, one on top of the other.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l sparse -d 'Make volumes that take their space only as they fill.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l subdir -d 'Folder of the share that is mounted.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l tagged_only -d 'Only use logical volumes tagged \'pve-vm-ID\'.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l username -d 'User name for the share, the server or the Ceph cluster.' -x
complete -c pvesm -n "__pave_pvesm_at 'set'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvesm -n "__pave_pvesm_at 'set'" -l zfs-base-path -d 'Folder with the block devices of the pool on the target; found out where possible.' -x
complete -c pvesm -n "__pave_pvesm_next ''" -a status -d 'Show all storages and how full they are.'
complete -c pvesm -n "__pave_pvesm_at 'status'" -l content -d 'Only storages that may hold one of these and can be used here.' -x
complete -c pvesm -n "__pave_pvesm_at 'status'" -l enabled -d 'Leave out disabled ones.'
complete -c pvesm -n "__pave_pvesm_at 'status'" -l format -d 'Tell the image formats too (not in the table).'
complete -c pvesm -n "__pave_pvesm_at 'status'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pvesm -n "__pave_pvesm_at 'status'" -l noborder -d 'Leave out the borders (text only).'
complete -c pvesm -n "__pave_pvesm_at 'status'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pvesm -n "__pave_pvesm_at 'status'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pvesm -n "__pave_pvesm_at 'status'" -l quiet -d 'Do not print the result.'
complete -c pvesm -n "__pave_pvesm_at 'status'" -l storage -d 'Only this storage.' -x -a "(__pave_pvesm_source storage)"
complete -c pvesm -n "__pave_pvesm_at 'status'" -l target -d 'Only shared storages that this node can use as well.' -x -a "(__pave_pvesm_source node)"
complete -c pvesm -n "__pave_pvesm_at 'status'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvesm -n "__pave_pvesm_next ''" -a help -d 'Show help about a command.'
complete -c pvesm -n "__pave_pvesm_at help 0" -a 'add alloc apiinfo extractconfig free list path prune-backups remove set status help'
complete -c pvesm -n "__pave_pvesm_at 'help'" -l verbose -d 'All options.'
