/** Zsh completion of one tool: a file `_<tool>` in a folder of $fpath. */
import type { CompletionModel, CompletionValue } from './completion-model.js';
import { SOURCES } from './completion-sources.js';
import { sharedTables } from './completion-tables.js';

/** The whole file, for a folder of `fpath`. */
export function zshCompletion(model: CompletionModel): string {
  const fn = `_pave_${model.tool.replaceAll('-', '_')}`;
  const tables = sharedTables(model);
  const described = model.commands.filter((c) => c.name !== '');
  return `#compdef ${model.tool}
# Zsh completion of ${model.tool}. Generated from the declarations by npm run generate.
# Everything comes from files: node is not started.

${fn}_source() {
  emulate -L sh
  case $1 in
${tables.kinds.map((kind) => `    ${kind}) ${SOURCES[kind]} ;;`).join('\n')}
  esac
}

${fn}_options() {
  case $1 in
${tables.optionSets
  .map(
    ({ commands, options }) =>
      `    ${commands.map(quote).join('|')}) choices=(${options.map((o) => quote(`${o.name}:${o.description.replaceAll(':', '\\:')}`)).join(' ')}) ;;`,
  )
  .join('\n')}
  esac
}

${fn}_value() {
  case "$1 $2" in
${tables.valueCases.map(({ patterns, value }) => `    ${patterns.join('|')}) ${assign(value)} ;;`).join('\n')}
  esac
}

${fn}_argument() {
  case "$1/$2" in
${tables.argCases.map(({ patterns, value }) => `    ${patterns.map(quote).join('|')}) ${assign(value)} ;;`).join('\n')}
  esac
}

${fn}_offer() {
  if [[ $kind == file ]]; then _files; return; fi
  [[ -n $kind ]] && candidates=(\${(f)"$(${fn}_source $kind)"})
  # In a list only the last item is completed.
  compset -P '*,'
  compadd -- $candidates && return
  # Where a volume may be given, a path may be as well.
  [[ $kind == volume ]] && _files
}

${fn}() {
  local cur=\${words[CURRENT]} prev=\${words[CURRENT-1]} command='' kind='' flag='' word
  local -a names choices candidates
  local -i i=2 position=0
  names=(${described.map((c) => quote(c.name)).join(' ')})
${
  described.length === 0
    ? ''
    : `  while (( i < CURRENT )); do
    word="\${command:+$command }\${words[i]}"
    (( \${names[(I)$word]} + \${names[(I)$word *]} )) || break
    command=$word
    (( i++ ))
  done
  if (( ! \${names[(I)$command]} )) || [[ -z $command ]]; then
    (( i == CURRENT )) || return
    local prefix="\${command:+$command }"
    case $prefix in
${groupCases(model)}
    esac
    _describe command choices
    return
  fi
  if [[ $command == help && $cur != -* ]]; then
    compadd -- \${(u)\${names%% *}}
    return
  fi
`
}
  if [[ $cur == --*=* ]]; then
    ${fn}_value "$command" "\${cur%%=*}"
    compset -P 1 '*='
    ${fn}_offer
    return
  fi
  if [[ $cur == -* ]]; then
    ${fn}_options "$command"
    _describe option choices
    return
  fi
  if [[ $prev == --* && $prev != *=* ]]; then
    ${fn}_value "$command" "$prev"
    if [[ -z $flag ]]; then ${fn}_offer; return; fi
    flag='' kind='' candidates=()
  fi
  for (( ; i < CURRENT; i++ )); do
    word=\${words[i]}
    if [[ $word == --* ]]; then
      flag=''
      if [[ $word == *=* ]]; then flag=1; else ${fn}_value "$command" "$word"; fi
      [[ -n $flag ]] || (( i++ ))
    else
      (( position++ ))
    fi
  done
  kind='' candidates=()
  ${fn}_argument "$command" "$position"
  ${fn}_offer
}

${fn} "$@"
`;
}

/** Words that may follow a group of commands, with what each does. */
function groupCases(model: CompletionModel): string {
  const groups = new Map<string, Map<string, string>>();
  for (const { name, description } of model.commands) {
    const words = name.split(' ');
    words.forEach((word, i) => {
      const prefix = words
        .slice(0, i)
        .map((w) => `${w} `)
        .join('');
      const choices = groups.get(prefix) ?? new Map<string, string>();
      groups.set(prefix, choices);
      if (!choices.has(word))
        choices.set(word, i === words.length - 1 ? description : `${word} commands`);
    });
  }
  return [...groups]
    .map(
      ([prefix, choices]) =>
        `      ${quote(prefix)}) choices=(${[...choices].map(([w, d]) => quote(`${w}:${d.replaceAll(':', '\\:')}`)).join(' ')}) ;;`,
    )
    .join('\n');
}

function assign(value: CompletionValue): string {
  if (value.flag) return 'flag=1';
  if (value.kind !== undefined) return `kind=${value.kind}`;
  return `candidates=(${value.words.map(quote).join(' ')})`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
