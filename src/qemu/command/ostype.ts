/** Version of Windows an `ostype` stands for (5: XP and 2003, 6: Vista and 2008, …); 0 for others. */
export function windowsVersion(ostype: string | undefined): number {
  if (ostype === undefined) return 0;
  if (ostype === 'wxp' || ostype === 'w2k3' || ostype === 'w2k') return 5;
  if (ostype === 'w2k8' || ostype === 'wvista') return 6;
  return Number(/^win(\d+)$/.exec(ostype)?.[1] ?? 0);
}
