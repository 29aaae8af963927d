# Fish completion of pave. Generated from the declarations by npm run generate.
# Everything comes from files: node is not started.

function __pave_pave_source
    # In a list only the last item is completed.
    set -l head (string match -r '^(?:--[^=]*=)?(.*,)' -- (commandline -ct))[2]
    switch $argv[1]
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
            case '--*=*' --all --clean --dry-run --force-stop --human-readable --noborder --noheader --quiet --verbose
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
complete -c pave -n "__pave_pave_at 'quickstart'" -l clean -d 'Remove the virtual machine, the bridge and the image it made.'
complete -c pave -n "__pave_pave_at 'quickstart'" -l dry-run -d 'Show the commands that would run and the files that would change, and change nothing.'
complete -c pave -n "__pave_pave_at 'quickstart'" -l timeout -d 'Seconds the guest may take to boot.' -x
complete -c pave -n "__pave_pave_at 'quickstart'" -l verbose -d 'Show every command as it runs, on standard error.'
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
complete -c pave -n "__pave_pave_next ''" -a completion -d 'Print a tool\'s completion for a shell.'
complete -c pave -n "__pave_pave_at 'completion' 0" -a 'bash zsh fish'
complete -c pave -n "__pave_pave_at 'completion'" -l human-readable -d 'Print sizes, times and the like for people (text only).'
complete -c pave -n "__pave_pave_at 'completion'" -l noborder -d 'Leave out the borders (text only).'
complete -c pave -n "__pave_pave_at 'completion'" -l noheader -d 'Leave out the column headers (text only).'
complete -c pave -n "__pave_pave_at 'completion'" -l output-format -d 'How the result is printed.' -x -a 'text json json-pretty yaml'
complete -c pave -n "__pave_pave_at 'completion'" -l quiet -d 'Do not print the result.'
complete -c pave -n "__pave_pave_at 'completion'" -l verbose -d 'Show every command as it runs, on standard error.'
complete -c pave -n "__pave_pave_next ''" -a help -d 'Show help about a command.'
complete -c pave -n "__pave_pave_at help 0" -a 'quickstart doctor guests completion help'
complete -c pave -n "__pave_pave_at 'help'" -l verbose -d 'All options.'
