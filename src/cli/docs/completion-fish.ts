/** Fish completion of one tool. */
import type { CompletionModel, CompletionValue } from './completion-model.js';
import { SOURCES } from './completion-sources.js';
import { sharedTables } from './completion-tables.js';

/** The whole file, for a folder of `fish_complete_path`. */
export function fishCompletion(model: CompletionModel): string {
  const tool = model.tool;
  const fn = `__pave_${tool.replaceAll('-', '_')}`;
  const tables = sharedTables(model);
  const out: string[] = [
    `# Fish completion of ${tool}. Generated from the declarations by npm run generate.`,
    '# Everything comes from files: node is not started.',
    '',
    `function ${fn}_source`,
    '    # In a list only the last item is completed.',
    "    set -l head (string match -r '^(?:--[^=]*=)?(.*,)' -- (commandline -ct))[2]",
    '    switch $argv[1]',
    ...tables.kinds
      .filter((kind) => SOURCES[kind] !== '')
      .flatMap((kind) => [`        case ${kind}`, `            sh -c ${quote(SOURCES[kind])}`]),
    '    end | while read -l candidate',
    '        echo "$head$candidate"',
    '    end',
    'end',
    '',
    '# True where the words so far are this command; a second argument is the number of positionals after it.',
    `function ${fn}_at`,
    '    set -l words (commandline -opc)',
    '    set -e words[1]',
    "    set -l wanted (string split -n ' ' -- $argv[1])",
    '    set -l count (count $wanted)',
    '    if test $count -gt 0',
    '        test (count $words) -ge $count; or return 1',
    '        test "$words[1..$count]" = "$wanted"; or return 1',
    '        set -e words[1..$count]',
    '    end',
    '    test (count $argv) -lt 2; and return 0',
    '    set -l position 0',
    '    while test (count $words) -gt 0',
    '        switch $words[1]',
    `            case '--*=*'${flags(model)}`,
    "            case '-*'",
    '                # Its value follows.',
    '                set -e words[1]',
    "            case '*'",
    '                set position (math $position + 1)',
    '        end',
    '        set -e words[1]',
    '    end',
    '    test $position -eq $argv[2]',
    'end',
    '',
    `function ${fn}_next`,
    '    set -l words (commandline -opc)',
    '    set -e words[1]',
    '    test "$words" = "$argv[1]"',
    'end',
    '',
    `complete -c ${tool} -f`,
  ];
  const offered = new Set<string>();
  for (const command of model.commands) {
    const words = command.name === '' ? [] : command.name.split(' ');
    words.forEach((word, i) => {
      const prefix = words.slice(0, i).join(' ');
      if (offered.has(`${prefix} ${word}`)) return;
      offered.add(`${prefix} ${word}`);
      const description = i === words.length - 1 ? command.description : `${word} commands`;
      out.push(
        `complete -c ${tool} -n "${fn}_next '${prefix}'" -a ${word} -d ${quote(description)}`,
      );
    });
    if (command.name === 'help') {
      const all = [...new Set(model.commands.map((c) => c.name.split(' ')[0]))].join(' ');
      out.push(`complete -c ${tool} -n "${fn}_at help 0" -a ${quote(all)}`);
    }
    command.args.forEach((value, position) => {
      const candidates = values(fn, value);
      if (candidates !== '')
        out.push(`complete -c ${tool} -n "${fn}_at '${command.name}' ${position}"${candidates}`);
    });
    for (const option of command.options) {
      const candidates = values(fn, option);
      // -x: a value must follow, and it is no file.
      const requires = option.flag ? '' : option.kind === 'file' ? ' -r' : ' -x';
      out.push(
        `complete -c ${tool} -n "${fn}_at '${command.name}'" -l ${option.name.slice(2)} -d ${quote(option.description)}${requires}${candidates}`,
      );
    }
  }
  return `${out.join('\n')}\n`;
}

/** Options without a value, as patterns. */
function flags(model: CompletionModel): string {
  const names = new Set(
    model.commands.flatMap((c) => c.options.filter((o) => o.flag).map((o) => o.name)),
  );
  return [...names]
    .sort()
    .map((name) => ` ${name}`)
    .join('');
}

function values(fn: string, value: CompletionValue): string {
  if (value.kind === 'file') return ' -F';
  if (value.kind !== undefined) return ` -a "(${fn}_source ${value.kind})"`;
  return value.words.length > 0 ? ` -a ${quote(value.words.join(' '))}` : '';
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
