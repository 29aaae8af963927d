import { PaveError } from '../../errors.js';
import { toolPath } from '../../host/installation.js';
import { createHost } from '../../host/local.js';
import { enumOf, string } from '../../schema/props.js';
import { defineCommand } from '../define.js';

const FILE_NAMES = {
  bash: (tool: string) => `bash/${tool}`,
  zsh: (tool: string) => `zsh/_${tool}`,
  fish: (tool: string) => `fish/${tool}.fish`,
};

export default defineCommand({
  summary: "Print a tool's completion for a shell.",
  description:
    'npm install -g puts the completions in place by itself. Elsewhere, load one into the running shell: ' +
    'eval "$(pave completion bash qm)".',
  args: {
    shell: enumOf(['bash', 'zsh', 'fish'], { description: 'The shell.' }),
    tool: string({ description: 'The tool: qm, pvesm, pvenode or pave.' }),
  },
  options: {},
  effect: 'read',
  anyUser: true,
  returns: { type: 'string' },
  text: (script: string) => script,
  examples: [{ command: 'eval "$(pave completion bash qm)"', does: 'Completes qm in this shell.' }],
  run(_ctx, { shell, tool }): string {
    // The completions lie with the programs, not below PAVE_ROOT.
    const path = toolPath(`../completions/${FILE_NAMES[shell](tool)}`);
    const script = createHost({ root: '' }).files.read(path);
    if (script === undefined) {
      throw new PaveError(`there is no ${shell} completion for '${tool}'`, {
        hint: 'known are: qm, pvesm, pvenode, pave',
      });
    }
    return script;
  },
});
