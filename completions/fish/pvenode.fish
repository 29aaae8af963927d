# Fish completion of pvenode. Generated from the declarations by npm run generate.
# Everything comes from files: node is not started.

function __pave_pvenode_source
    # In a list only the last item is completed.
    set -l head (string match -r '^(?:--[^=]*=)?(.*,)' -- (commandline -ct))[2]
    switch $argv[1]
        case task
            sh -c 'cut -d\' \' -f1 ${PAVE_ROOT:-}/var/log/pve/tasks/index 2>/dev/null | tail -n 50'
        case vm
            sh -c 'ls ${PAVE_ROOT:-}/etc/pve/nodes/*/qemu-server 2>/dev/null | sed -n \'s/\\.conf$//p\' | sort -n'
    end | while read -l candidate
        echo "$head$candidate"
    end
end

# True where the words so far are this command; a second argument is the number of positionals after it.
function __pave_pvenode_at
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
            case '--*=*' --download --errors --human-readable --noborder --noheader --quiet --verbose
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

function __pave_pvenode_next
    set -l words (commandline -opc)
    set -e words[1]
    test "$words" = "$argv[1]"
end

complete -c pvenode -f
complete -c pvenode -n "__pave_pvenode_next ''" -a task -d 'task commands'
complete -c pvenode -n "__pave_pvenode_next 'task'" -a list -d 'List the tasks of this node.'
complete -c pvenode -n "__pave_pvenode_at 'task list'" -l errors -d 'Only tasks that did not end well.'
complete -c pvenode -n "__pave_pvenode_at 'task list'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pvenode -n "__pave_pvenode_at 'task list'" -l limit -d 'At most this many tasks.' -x
complete -c pvenode -n "__pave_pvenode_at 'task list'" -l noborder -d 'Leave out the borders (text only).'
complete -c pvenode -n "__pave_pvenode_at 'task list'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pvenode -n "__pave_pvenode_at 'task list'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pvenode -n "__pave_pvenode_at 'task list'" -l quiet -d 'Do not print the result.'
complete -c pvenode -n "__pave_pvenode_at 'task list'" -l since -d 'Only tasks begun since then, in seconds since the epoch.' -x
complete -c pvenode -n "__pave_pvenode_at 'task list'" -l source -d 'Ended tasks, those that have not ended, or both.' -x -a 'archive active all'
complete -c pvenode -n "__pave_pvenode_at 'task list'" -l start -d 'Leave out so many tasks first.' -x
complete -c pvenode -n "__pave_pvenode_at 'task list'" -l statusfilter -d 'Only tasks that ended so: ok, warning, error, unknown.' -x
complete -c pvenode -n "__pave_pvenode_at 'task list'" -l typefilter -d 'Only tasks of this type, e.g.' -x
complete -c pvenode -n "__pave_pvenode_at 'task list'" -l until -d 'Only tasks begun until then, in seconds since the epoch.' -x
complete -c pvenode -n "__pave_pvenode_at 'task list'" -l userfilter -d 'Only tasks whose user\'s name contains this.' -x
complete -c pvenode -n "__pave_pvenode_at 'task list'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvenode -n "__pave_pvenode_at 'task list'" -l vmid -d 'Only tasks of this guest.' -x -a "(__pave_pvenode_source vm)"
complete -c pvenode -n "__pave_pvenode_next 'task'" -a log -d 'Print a task\'s log.'
complete -c pvenode -n "__pave_pvenode_at 'task log' 0" -a "(__pave_pvenode_source task)"
complete -c pvenode -n "__pave_pvenode_at 'task log'" -l download -d 'Of the original\'s web interface; the command line has nothing to download to and refuses it.'
complete -c pvenode -n "__pave_pvenode_at 'task log'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pvenode -n "__pave_pvenode_at 'task log'" -l noborder -d 'Leave out the borders (text only).'
complete -c pvenode -n "__pave_pvenode_at 'task log'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pvenode -n "__pave_pvenode_at 'task log'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pvenode -n "__pave_pvenode_at 'task log'" -l quiet -d 'Do not print the result.'
complete -c pvenode -n "__pave_pvenode_at 'task log'" -l start -d 'Leave out so many lines first.' -x
complete -c pvenode -n "__pave_pvenode_at 'task log'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvenode -n "__pave_pvenode_next 'task'" -a status -d 'Tell whether a task runs, or how it ended.'
complete -c pvenode -n "__pave_pvenode_at 'task status' 0" -a "(__pave_pvenode_source task)"
complete -c pvenode -n "__pave_pvenode_at 'task status'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pvenode -n "__pave_pvenode_at 'task status'" -l noborder -d 'Leave out the borders (text only).'
complete -c pvenode -n "__pave_pvenode_at 'task status'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pvenode -n "__pave_pvenode_at 'task status'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pvenode -n "__pave_pvenode_at 'task status'" -l quiet -d 'Do not print the result.'
complete -c pvenode -n "__pave_pvenode_at 'task status'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvenode -n "__pave_pvenode_next ''" -a help -d 'Show help about a command.'
complete -c pvenode -n "__pave_pvenode_at help 0" -a 'task help'
complete -c pvenode -n "__pave_pvenode_at 'help'" -l verbose -d 'All options.'
