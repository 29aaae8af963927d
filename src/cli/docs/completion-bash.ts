/** Bash completion of one tool: a file that bash-completion loads by the tool's name. */
import type { CompletionModel, CompletionValue } from './completion-model.js';
import { SOURCES } from './completion-sources.js';
import { type Shared, sharedTables } from './completion-tables.js';

export function bashCompletion(model: CompletionModel): string {
  const fn = `_pave_${model.tool.replaceAll('-', '_')}`;
  const tables: Shared = sharedTables(model);
  const names = model.commands.map((c) => c.name).filter((name) => name !== '');
  return `# Bash completion of ${model.tool}. Generated from the declarations by npm run generate.
# Everything comes from files: node is not started.

${fn}_source() {
  case $1 in
${tables.kinds.map((kind) => `    ${kind}) ${SOURCES[kind]} ;;`).join('\n')}
  esac
}

# Sets \`words\` to the option names of a command.
${fn}_options() {
  case $1 in
${tables.optionSets.map(({ commands, options }) => `    ${commands.map(quotePattern).join(' | ')}) words='${options.map((o) => o.name).join(' ')}' ;;`).join('\n')}
    *) words='' ;;
  esac
}

# Sets \`words\` or \`kind\` for the value of an option, \`flag=1\` where none need follow.
${fn}_value() {
  case "$1 $2" in
${tables.valueCases.map(({ patterns, value }) => `    ${patterns.join(' | ')}) ${assign(value)} ;;`).join('\n')}
  esac
}

# Sets \`words\` or \`kind\` for the positional argument number $2 of a command.
${fn}_argument() {
  case "$1/$2" in
${tables.argCases.map(({ patterns, value }) => `    ${patterns.map(quotePattern).join(' | ')}) ${assign(value)} ;;`).join('\n')}
  esac
}

${fn}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local command='' position=0 i word words='' kind='' flag='' names='${names.join('\n')}'
  COMPREPLY=()
${
  names.length === 0
    ? '  i=1'
    : `  # The longest run of words that begins a command.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${command:+$command }\${COMP_WORDS[i]}"
    grep -qE "^$word( |$)" <<<"$names" || break
    command=$word
  done
  if ! grep -qx -- "$command" <<<"$names"; then
    [ "$i" = "$COMP_CWORD" ] || return 0
    words=$(sed -n "s/^\${command:+$command }\\([^ ]*\\).*/\\1/p" <<<"$names" | sort -u)
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    return 0
  fi
  if [ "$command" = help ] && [[ $cur != -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(cut -d' ' -f1 <<<"$names" | sort -u)" -- "$cur")
    return 0
  fi`
}
  if [[ $cur == -* ]]; then
    ${fn}_options "$command"
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${cur/#-[!-]/--\${cur:1:1}}")
    return 0
  fi
  if [[ $prev == --* ]]; then
    ${fn}_value "$command" "$prev"
    if [ -n "$flag" ]; then flag=''; words=''; kind=''; else
      [ "$kind" = file ] && { mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return 0; }
      [ -n "$kind" ] && words=$(${fn}_source "$kind")
      mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
      ${fn}_colons
      return 0
    fi
  fi
  # Which positional argument is it? Options and their values do not count.
  for ((; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == --* ]]; then
      flag=''
      [[ $word == *=* ]] && flag=1 || ${fn}_value "$command" "$word"
      [ -n "$flag" ] || i=$((i + 1))
    elif [[ $word != : && \${COMP_WORDS[i - 1]} != : ]]; then
      position=$((position + 1))
    fi
  done
  words='' kind=''
  ${fn}_argument "$command" "$position"
  [ "$kind" = file ] && { mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return 0; }
  [ -n "$kind" ] && words=$(${fn}_source "$kind")
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  ${fn}_colons
}

# Bash splits words at colons: leave out what is typed already of a volume id.
${fn}_colons() {
  declare -F __ltrim_colon_completions >/dev/null && __ltrim_colon_completions "$cur"
  return 0
}

complete -F ${fn} ${model.tool}
`;
}

function assign(value: CompletionValue): string {
  if (value.flag) return 'flag=1';
  if (value.kind !== undefined) return `kind=${value.kind}`;
  return `words='${value.words.join(' ')}'`;
}

function quotePattern(name: string): string {
  return name === '' ? "''" : /^[\w-]+$/.test(name) ? name : `'${name}'`;
}
