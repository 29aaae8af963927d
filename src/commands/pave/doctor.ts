import { probePlatform } from '../../host/platform.js';
import { rowsOf } from '../../schema/props.js';
import { defineCommand } from '../define.js';
import { type Finding, findingsOf } from './findings.js';
import { unfinishedWork } from './unfinished.js';

export default defineCommand({
  summary: 'Tell what this machine can do and what it lacks.',
  description:
    'Looks at QEMU, KVM (by running a small guest), the tools, /etc/pve, and for what killed commands left, and names the line that sets right what is missing. Exits with status 1 when something is missing without which no guest runs.',
  args: {},
  options: {},
  effect: 'read',
  returns: rowsOf({
    name: { type: 'string', title: 'Name' },
    state: { type: 'string', enum: ['ok', 'limited', 'missing'], title: 'State' },
    required: { type: 'boolean', title: 'Required' },
    detail: { type: 'string', title: 'Detail' },
    fix: { type: 'string', optional: true, title: 'Fix' },
  }),
  text: reportText,
  exitCode: (findings) => (missing(findings).length > 0 ? 1 : 0),
  examples: [
    { command: 'pave doctor', does: 'Shows what is there and what is missing.' },
    {
      command: 'pave doctor --output-format json',
      does: 'The same for a program; `state` and `fix` of each finding.',
    },
  ],
  files: ['/run/pave/platform.json'],
  async run(ctx): Promise<Finding[]> {
    const platform = await probePlatform(ctx.host, { kvm: true, fresh: true });
    return [...findingsOf(ctx, platform), ...(await unfinishedWork(ctx))];
  },
});

function missing(findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => finding.required && finding.state === 'missing');
}

/** One line a finding, and one apt line for all packages that are missing. */
function reportText(findings: Finding[]): string {
  const width = Math.max(...findings.map((finding) => finding.name.length));
  const lines = findings.flatMap((finding) => {
    const mark = finding.required && finding.state === 'missing' ? 'MISSING' : finding.state;
    const line = `${mark.padEnd(8)} ${finding.name.padEnd(width)}  ${finding.detail}`;
    const other = finding.fix !== undefined && aptPackages(finding.fix).length === 0;
    return other ? [line, `${' '.repeat(width + 11)}fix: ${finding.fix}`] : [line];
  });
  const packages = new Set(findings.flatMap((finding) => aptPackages(finding.fix ?? '')));
  if (packages.size > 0) {
    lines.push('', `to get what is missing: apt install ${[...packages].join(' ')}`);
  }
  if (missing(findings).length > 0) {
    lines.push(
      `no guest can run without: ${missing(findings)
        .map(({ name }) => name)
        .join(', ')}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function aptPackages(fix: string): string[] {
  return /^apt install (.+)$/.exec(fix)?.[1]?.split(' ') ?? [];
}
