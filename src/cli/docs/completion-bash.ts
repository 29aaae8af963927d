/** Bash completion of one tool: a file that bash-completion loads by the tool's name. */
import type { CompletionModel, CompletionValue } from './completion-model.js';
import { SOURCES } from './completion-sources.js';
import { type Shared, sharedTables } from './completion-tables.js';

/** The whole file, a function that completes one tool; `COMPREPLY` as bash wants it. */
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

# Offers what of standard input begins with what is typed. Nothing of it is ever evaluated.
${fn}_offer() {
  local head='' candidate strip=''
  # In a list only the last item is completed.
  [[ $cur == *,* ]] && head=\${cur%"\${cur##*,}"}
  # Readline replaces only what follows the last colon or equals sign.
  [[ $COMP_WORDBREAKS == *:* && $cur == *:* ]] && strip=\${cur%"\${cur##*:}"}
  while IFS= read -r candidate; do
    [[ -n $candidate && $head$candidate == "$cur"* ]] || continue
    printf -v candidate %q "$candidate"
    candidate=$head$candidate
    COMPREPLY+=("$assign\${candidate#"$strip"}")
  done
}

# Offers the values of \`words\` or \`kind\`.
${fn}_candidates() {
  if [ "$kind" = file ]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  elif [ -n "$kind" ]; then
    ${fn}_offer < <(${fn}_source "$kind")
    # Where a volume may be given, a path may be as well.
    if [ "$kind" = volume ] && [ \${#COMPREPLY[@]} = 0 ]; then
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    fi
  else
    ${fn}_offer <<<"\${words// /$'\\n'}"
  fi
}

${fn}() {
  local line=\${COMP_LINE:0:COMP_POINT} assign='' valued=''
  local -a typed
  # Split at blanks alone: bash would split volume ids at their colons.
  read -ra typed <<<"$line"
  [[ $line == *[[:blank:]] ]] && typed+=('')
  local last=$((\${#typed[@]} - 1))
  local cur=\${typed[last]} prev=\${typed[last - 1]}
  local command='' position=0 i word words='' kind='' flag='' names='${names.join('\n')}'
  COMPREPLY=()
${
  names.length === 0
    ? '  i=1'
    : `  # The longest run of words that begins a command.
  for ((i = 1; i < last; i++)); do
    word="\${command:+$command }\${typed[i]}"
    [[ $'\\n'$names$'\\n' == *$'\\n'"$word"[$' \\n']* ]] || break
    command=$word
  done
  if [[ $'\\n'$names$'\\n' != *$'\\n'"$command"$'\\n'* ]]; then
    [ "$i" = "$last" ] || return 0
    ${fn}_offer < <(sed -n "s/^\${command:+$command }\\([^ ]*\\).*/\\1/p" <<<"$names" | sort -u)
    return 0
  fi
  if [ "$command" = help ] && [[ $cur != -* ]]; then
    ${fn}_offer < <(cut -d' ' -f1 <<<"$names" | sort -u)
    return 0
  fi`
}
  if [[ $cur == --*=* ]]; then
    prev=\${cur%%=*} cur=\${cur#*=} valued=1
    [[ $COMP_WORDBREAKS == *=* ]] || assign=$prev=
  elif [[ $cur == -* ]]; then
    ${fn}_options "$command"
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${cur/#-[!-]/--\${cur:1:1}}")
    return 0
  fi
  if [[ -n $valued || ($prev == --* && $prev != *=*) ]]; then
    ${fn}_value "$command" "$prev"
    if [[ -z $flag || -n $valued ]]; then
      ${fn}_candidates
      return 0
    fi
    flag='' words='' kind=''
  fi
  # Which positional argument is it? Options and their values do not count.
  for ((; i < last; i++)); do
    word=\${typed[i]}
    if [[ $word == --* ]]; then
      flag=''
      [[ $word == *=* ]] && flag=1 || ${fn}_value "$command" "$word"
      [ -n "$flag" ] || i=$((i + 1))
    else
      position=$((position + 1))
    fi
  done
  words='' kind=''
  ${fn}_argument "$command" "$position"
  ${fn}_candidates
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
