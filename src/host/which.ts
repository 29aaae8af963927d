import { isExecutable } from './files.js';

/** Where administrators' programs live: cron's PATH lacks them. */
const EXTRA = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** PATH with the folders of system programs behind it. */
export function searchPath(path: string | undefined): string {
  const folders = (path ?? '').split(':').filter((folder) => folder !== '');
  for (const folder of EXTRA) if (!folders.includes(folder)) folders.push(folder);
  return folders.join(':');
}

/** Looks a program up once; what was found is remembered. */
export function programFinder(path: string): (program: string) => string | undefined {
  const found = new Map<string, string>();
  return (program) => {
    if (program.includes('/')) return isExecutable(program) ? program : undefined;
    const known = found.get(program);
    if (known !== undefined) return known;
    for (const folder of path.split(':')) {
      const candidate = `${folder}/${program}`;
      if (isExecutable(candidate)) {
        found.set(program, candidate);
        return candidate;
      }
    }
    return undefined;
  };
}
