import { existsSync } from 'node:fs';

/**
 * What belongs to the running machine itself whatever the root prefix is: the kernel's own file
 * systems, and the programs with their data.
 */
const MACHINE = /^\/(?:proc|sys|dev|usr|bin|sbin|lib|lib64)(?:\/|$)/;

/** Devices of the machine: a root that brings its own /sys/bus has its own, e.g. in tests. */
const DEVICES =
  /^\/(?:sys\/(?:bus|kernel\/iommu_groups|class\/(?:iommu|mdev_bus))|dev\/(?:vfio|dri))(?:\/|$)/;

/**
 * Puts the root prefix in front of absolute paths. Paths that lie below the root already stay, so
 * that translating twice does no harm. `/var/lock` and `/var/run`, links on every Debian, are
 * followed here: otherwise two names of one lock file would be two files below a bare root.
 */
export function pathMapper(root: string): (path: string) => string {
  if (root === '') return (path) => path;
  const machine = existsSync(`${root}/sys/bus`)
    ? (path: string) => MACHINE.test(path) && !DEVICES.test(path)
    : (path: string) => MACHINE.test(path);
  return (path) => {
    if (!path.startsWith('/') || machine(path)) return path;
    if (path === root || path.startsWith(`${root}/`)) return path;
    const name = path.replace(/^\/var\/(lock|run)(?=\/|$)/, (_, which) =>
      which === 'lock' ? '/run/lock' : '/run',
    );
    return root + name;
  };
}
