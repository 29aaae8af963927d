/** The password and keys cloud-init sets, as a config holds them. */
import { randomBytes } from 'node:crypto';
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { windowsVersion } from '../command/ostype.js';

const HASHED = /^\$(?:[156]|2[ay])(\$.+){2}/;

/**
 * `cipassword` as it is stored: hashed (SHA-256 crypt), since a guest's shadow file takes it so.
 * Windows wants it plain. @throws PaveError where the system's crypt does not know the method
 */
export async function storedPassword(
  host: Host,
  password: string,
  ostype: string | undefined,
): Promise<string> {
  // What is only shown shows no secret.
  if (host.dryRun && password !== '') return '**********';
  if (windowsVersion(ostype) > 0 || HASHED.test(password) || password === '') return password;
  const salt = randomBytes(6).toString('base64url').replaceAll('_', '.').replaceAll('-', '/');
  // Perl's crypt is the C library's; perl-base is there on every Debian.
  const script = 'local $/; my $p = <STDIN>; print crypt($p, $ARGV[0])';
  const { stdout } = await host.run(['perl', '-e', script, `$5$${salt}$`], {
    effect: 'read',
    input: password,
    redact: [password],
  });
  if (!stdout.startsWith('$5$')) throw new PaveError('cipassword: this system cannot hash it');
  return stdout;
}

/** @throws PaveError for a line that is no OpenSSH public key */
export function checkSshKeys(text: string): void {
  for (const line of text.split('\n')) {
    if (!/\S/.test(line)) continue;
    const match = /(?:^|\s)((?:sk-)?(?:ssh|ecdsa)-[\w@.-]+)\s+([A-Za-z0-9+/]+=*)(?:\s|$)/.exec(
      line,
    );
    const blob = match === null ? undefined : Buffer.from(match[2]!, 'base64');
    const named =
      blob !== undefined && blob.length > 4
        ? blob.subarray(4, 4 + blob.readUInt32BE(0)).toString()
        : undefined;
    if (match === null || named !== match[1]) {
      throw new PaveError('SSH public key validation error', {
        hint: 'give a file with OpenSSH public keys, a line each (id_ed25519.pub)',
      });
    }
  }
}
