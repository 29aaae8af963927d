# Fish completion of pvescheduler. Generated from the declarations by npm run generate.
# Everything comes from files: node is not started.

function __pave_pvescheduler_source
    # In a list only the last item is completed.
    set -l head (string match -r '^(?:--[^=]*=)?(.*,)' -- (commandline -ct))[2]
    switch $argv[1]
    end | while read -l candidate
        echo "$head$candidate"
    end
end

# True where the words so far are this command; a second argument is the number of positionals after it.
function __pave_pvescheduler_at
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
            case '--*=*' --debug --dry-run --human-readable --noborder --noheader --quiet --verbose
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

function __pave_pvescheduler_next
    set -l words (commandline -opc)
    set -e words[1]
    test "$words" = "$argv[1]"
end

complete -c pvescheduler -f
complete -c pvescheduler -n "__pave_pvescheduler_next ''" -a run -d 'Run the jobs that are due.'
complete -c pvescheduler -n "__pave_pvescheduler_at 'run'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pvescheduler -n "__pave_pvescheduler_at 'run'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvescheduler -n "__pave_pvescheduler_next ''" -a start -d 'Let jobs run by themselves, from now on and after each start of the machine.'
complete -c pvescheduler -n "__pave_pvescheduler_at 'start'" -l debug -d 'Stay in the foreground and look for due jobs every minute, until interrupted.'
complete -c pvescheduler -n "__pave_pvescheduler_at 'start'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pvescheduler -n "__pave_pvescheduler_at 'start'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvescheduler -n "__pave_pvescheduler_next ''" -a stop -d 'Run no more jobs by themselves; a backup that runs is left to end.'
complete -c pvescheduler -n "__pave_pvescheduler_at 'stop'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pvescheduler -n "__pave_pvescheduler_at 'stop'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvescheduler -n "__pave_pvescheduler_next ''" -a restart -d 'Switch the timer off and on again, with its files made anew.'
complete -c pvescheduler -n "__pave_pvescheduler_at 'restart'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pvescheduler -n "__pave_pvescheduler_at 'restart'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvescheduler -n "__pave_pvescheduler_next ''" -a status -d 'Tell whether jobs run by themselves: running or stopped.'
complete -c pvescheduler -n "__pave_pvescheduler_at 'status'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pvescheduler -n "__pave_pvescheduler_at 'status'" -l noborder -d 'Leave out the borders (text only).'
complete -c pvescheduler -n "__pave_pvescheduler_at 'status'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pvescheduler -n "__pave_pvescheduler_at 'status'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pvescheduler -n "__pave_pvescheduler_at 'status'" -l quiet -d 'Do not print the result.'
complete -c pvescheduler -n "__pave_pvescheduler_at 'status'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pvescheduler -n "__pave_pvescheduler_next ''" -a help -d 'Show help about a command.'
complete -c pvescheduler -n "__pave_pvescheduler_at help 0" -a 'run start stop restart status help'
complete -c pvescheduler -n "__pave_pvescheduler_at 'help'" -l verbose -d 'All options.'
