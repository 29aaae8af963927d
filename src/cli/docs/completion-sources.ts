/**
 * Shell code (POSIX sh) that lists ids, storages, nodes, volumes and the like from the files,
 * without starting node: one function per kind, shared by the completions of all shells.
 */
import type { Completes } from '../../schema/types.js';

const ROOT = `\${PAVE_ROOT:-}`;
const PVE = `${ROOT}/etc/pve`;
const RUN = `${ROOT}/var/run/qemu-server`;

/** Kind -> a command line that prints one candidate per line. */
export const SOURCES: Record<Completes, string> = {
  vm: `ls ${PVE}/nodes/*/qemu-server 2>/dev/null | sed -n 's/\\.conf$//p' | sort -n`,
  'vm-running': `ls ${RUN} 2>/dev/null | sed -n 's/^\\([0-9]*\\)\\.pid$/\\1/p' | sort -n`,
  'vm-stopped': `for f in ${PVE}/nodes/*/qemu-server/*.conf; do v=\${f##*/}; v=\${v%.conf}; [ -e "$f" ] && [ ! -e "${RUN}/$v.pid" ] && echo "$v"; done`,
  storage: `{ echo local; sed -n 's/^[a-z0-9]*: *//p' ${PVE}/storage.cfg 2>/dev/null; } | sort -u`,
  'storage-enabled': `{ echo local; sed -n 's/^[a-z0-9]*: *//p' ${PVE}/storage.cfg 2>/dev/null; } | sort -u`,
  node: `ls ${PVE}/nodes 2>/dev/null`,
  volume: `sed -n 's/^[a-z]*[0-9]*: \\([A-Za-z][A-Za-z0-9_.-]*:[0-9][^, ]*\\).*/\\1/p' ${PVE}/nodes/*/qemu-server/*.conf 2>/dev/null | sort -u`,
  snapshot: `sed -n 's/^\\[\\([A-Za-z][A-Za-z0-9_-]*\\)\\]$/\\1/p' ${PVE}/nodes/*/qemu-server/*.conf 2>/dev/null | grep -vx PENDING | sort -u`,
  bridge: `for d in /sys/class/net/*/bridge; do [ -e "$d" ] && d=\${d%/bridge} && echo "\${d##*/}"; done`,
  task: `cut -d' ' -f1 \${PAVE_ROOT:-}/var/log/pve/tasks/index 2>/dev/null | tail -n 50`,
  file: '',
  'guest-option': '',
};
