/** Every file that is made from the declarations: path below the project's folder -> content. */
import type { ToolSpec } from '../../commands/define.js';
import { bashCompletion } from './completion-bash.js';
import { fishCompletion } from './completion-fish.js';
import { completionModel } from './completion-model.js';
import { zshCompletion } from './completion-zsh.js';
import { manPage } from './man.js';

/** Path below the project -> text, of every completion and man page. */
export async function generatedFiles(
  tools: readonly ToolSpec[],
  version: string,
): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const tool of tools) {
    const model = await completionModel(tool);
    files[`completions/bash/${tool.name}`] = bashCompletion(model);
    files[`completions/zsh/_${tool.name}`] = zshCompletion(model);
    files[`completions/fish/${tool.name}.fish`] = fishCompletion(model);
    files[`man/${tool.name}.1`] = await manPage(
      tool,
      version,
      tools.map((t) => t.name),
    );
  }
  return files;
}
