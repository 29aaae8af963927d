/** What QEMU wrote on stderr although it runs. */

const LACKING =
  /: warning: (?:TCG|host) doesn't support requested feature: \S+?\.([\w.-]+) \[bit \d+\]$/;

/**
 * One warning a line, without QEMU's name and without repetitions. What the processor lacks is told
 * once for each virtual CPU and feature; that becomes one line with the names.
 */
export function qemuWarnings(stderr: string): string[] {
  const lacking = new Set<string>();
  const others = new Set<string>();
  for (const line of stderr.split('\n')) {
    if (line.trim() === '') continue;
    const feature = LACKING.exec(line)?.[1];
    if (feature !== undefined) lacking.add(feature);
    else others.add(line.replace(/^\S*qemu-system-\w+: (?:warning: )?/, ''));
  }
  const warnings = [...others];
  if (lacking.size > 0)
    warnings.unshift(
      `cpu: this host cannot give the guest what its model promises: ${[...lacking].sort().join(', ')}`,
    );
  return warnings;
}
