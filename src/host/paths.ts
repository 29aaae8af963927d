/**
 * What belongs to the running machine itself whatever the root prefix is: the kernel's own file
 * systems, and the programs with their data.
 */
const MACHINE = /^\/(?:proc|sys|dev|usr|bin|sbin|lib|lib64)(?:\/|$)/;

/**
 * Puts the root prefix in front of absolute paths. Paths that lie below the root already stay, so
 * that translating twice does no harm. `/var/lock` and `/var/run`, links on every Debian, are
 * followed here: otherwise two names of one lock file would be two files below a bare root.
 */
export function pathMapper(root: string): (path: string) => string {
  if (root === '') return (path) => path;
  return (path) => {
    if (!path.startsWith('/') || MACHINE.test(path)) return path;
    if (path === root || path.startsWith(`${root}/`)) return path;
    const name = path.replace(/^\/var\/(lock|run)(?=\/|$)/, (_, which) =>
      which === 'lock' ? '/run/lock' : '/run',
    );
    return root + name;
  };
}
