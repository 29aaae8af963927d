export interface KernelVersion {
  major: number;
  minor: number;
  patch: number;
  /** What follows the numbers, e.g. `1-pve`. */
  extra: string;
  /** Numbers and extra, as `uname -r` prints them. */
  full: string;
}

/** The running kernel's version from the text of /proc/version; zeros where it is not one. */
export function kernelVersion(procVersion: string): KernelVersion {
  const match = /^Linux\sversion\s((\d+(?:\.\d+)+)-?(\S+)?)/.exec(procVersion);
  if (match === null) return { major: 0, minor: 0, patch: 0, extra: '', full: '' };
  const [major = 0, minor = 0, patch = 0] = match[2]!.split('.').map(Number);
  return { major, minor, patch, extra: match[3] ?? '', full: match[1]! };
}
