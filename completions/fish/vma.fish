# Fish completion of vma. Generated from the declarations by npm run generate.
# Everything comes from files: node is not started.

function __pave_vma_source
    # In a list only the last item is completed.
    set -l head (string match -r '^(?:--[^=]*=)?(.*,)' -- (commandline -ct))[2]
    switch $argv[1]
    end | while read -l candidate
        echo "$head$candidate"
    end
end

# True where the words so far are this command; a second argument is the number of positionals after it.
function __pave_vma_at
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
            case '--*=*' --dry-run --human-readable --noborder --noheader --quiet --v --verbose
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

function __pave_vma_next
    set -l words (commandline -opc)
    set -e words[1]
    test "$words" = "$argv[1]"
end

complete -c vma -f
complete -c vma -n "__pave_vma_next ''" -a list -d 'List what an archive holds.'
complete -c vma -n "__pave_vma_at 'list' 0" -F
complete -c vma -n "__pave_vma_at 'list'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c vma -n "__pave_vma_at 'list'" -l noborder -d 'Leave out the borders (text only).'
complete -c vma -n "__pave_vma_at 'list'" -l noheader -d 'Leave out the column headers (text only).'
complete -c vma -n "__pave_vma_at 'list'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c vma -n "__pave_vma_at 'list'" -l quiet -d 'Do not print the result.'
complete -c vma -n "__pave_vma_at 'list'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c vma -n "__pave_vma_next ''" -a config -d 'Print a configuration file kept in an archive.'
complete -c vma -n "__pave_vma_at 'config' 0" -F
complete -c vma -n "__pave_vma_at 'config'" -l c -d 'Which file; qemu-server.conf where left out.' -x
complete -c vma -n "__pave_vma_at 'config'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c vma -n "__pave_vma_next ''" -a create -d 'Make an archive of disk images and configuration files.'
complete -c vma -n "__pave_vma_at 'create' 0" -F
complete -c vma -n "__pave_vma_at 'create' 1" -F
complete -c vma -n "__pave_vma_at 'create'" -l c -d 'A configuration file to keep; may be given several times.' -x
complete -c vma -n "__pave_vma_at 'create'" -l d -d 'An image, e.g.' -x
complete -c vma -n "__pave_vma_at 'create'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c vma -n "__pave_vma_at 'create'" -l v -d 'Show how far it is.'
complete -c vma -n "__pave_vma_at 'create'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c vma -n "__pave_vma_next ''" -a extract -d 'Unpack an archive to a folder.'
complete -c vma -n "__pave_vma_at 'extract' 0" -F
complete -c vma -n "__pave_vma_at 'extract' 1" -F
complete -c vma -n "__pave_vma_at 'extract'" -l d -d 'Only these disks, separated by commas.' -x
complete -c vma -n "__pave_vma_at 'extract'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c vma -n "__pave_vma_at 'extract'" -l r -d 'A file or fifo with a map: where disks go.' -r -F
complete -c vma -n "__pave_vma_at 'extract'" -l v -d 'Show how far it is.'
complete -c vma -n "__pave_vma_at 'extract'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c vma -n "__pave_vma_next ''" -a verify -d 'Check an archive to its end.'
complete -c vma -n "__pave_vma_at 'verify' 0" -F
complete -c vma -n "__pave_vma_at 'verify'" -l v -d 'Show what it holds and how far it is.'
complete -c vma -n "__pave_vma_at 'verify'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c vma -n "__pave_vma_next ''" -a help -d 'Show help about a command.'
complete -c vma -n "__pave_vma_at help 0" -a 'list config create extract verify help'
complete -c vma -n "__pave_vma_at 'help'" -l verbose -d 'All options.'
