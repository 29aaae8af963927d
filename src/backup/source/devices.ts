/** Name of a disk in the archive. Source: `qmdevice` of VZDump/QemuServer.pm. */
export function deviceOf(key: string): string {
  return key === 'tpmstate0' ? 'drive-tpmstate0-backup' : `drive-${key}`;
}
