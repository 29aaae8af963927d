/**
 * Shell code (POSIX sh) that lists ids, storages, nodes, volumes and the like from the files,
 * without starting node: one piece per kind, shared by the completions of all shells.
 */
import type { Completes } from '../../schema/types.js';

const ROOT = `\${PAVE_ROOT:-}`;
const PVE = `${ROOT}/etc/pve`;
const RUN = `${ROOT}/run/qemu-server`;
const VM_FILES = `${PVE}/nodes/*/qemu-server/*.conf`;
const GUEST_FILES = `${VM_FILES} ${PVE}/nodes/*/lxc/*.conf`;

/** Prints `<id> <path>` per storage of storage.cfg that is not switched off; `-` without a path. */
const STORAGES = `{ cat ${PVE}/storage.cfg 2>/dev/null; echo; } | awk '
        function flush() { if (id != "" && !off) print id, path; if (id == "local") seen = 1; id = "" }
        /^[a-z0-9]+:/ { flush(); id = $2; path = id == "local" ? "/var/lib/vz" : "-"; off = 0 }
        $1 == "path" { path = $2 }
        $1 == "disable" && $2 != "0" { off = 1 }
        END { flush(); if (!seen) print "local", "/var/lib/vz" }'`;

/** What folders hold, and what the guests' files name on storages without folders. */
const VOLUMES = `{
        ${STORAGES} | while read -r id path; do
          for f in "${ROOT}$path"/images/*/* "${ROOT}$path"/template/iso/* "${ROOT}$path"/template/cache/* "${ROOT}$path"/dump/vzdump-* "${ROOT}$path"/snippets/* "${ROOT}$path"/import/*; do
            [ -e "$f" ] || continue
            name=\${f#"${ROOT}$path"/}
            case $name in
              images/*) echo "$id:\${name#images/}" ;;
              template/iso/*) echo "$id:iso/\${name##*/}" ;;
              template/cache/*) echo "$id:vztmpl/\${name##*/}" ;;
              dump/*.log | dump/*.notes | dump/*.protected) ;;
              dump/*) echo "$id:backup/\${name##*/}" ;;
              *) echo "$id:$name" ;;
            esac
          done
        done
        sed -n 's/^[a-z]*[0-9]*: \\([A-Za-z][A-Za-z0-9_.-]*:[A-Za-z0-9][^, ]*\\).*/\\1/p' ${GUEST_FILES} 2>/dev/null
      } | sort -u`;

/** Kind -> a command line that prints one candidate per line. */
export const SOURCES: Record<Completes, string> = {
  vm: `ls ${PVE}/nodes/*/qemu-server 2>/dev/null | sed -n 's/\\.conf$//p' | sort -n`,
  'vm-running': `ls ${RUN} 2>/dev/null | sed -n 's/^\\([0-9]*\\)\\.pid$/\\1/p' | sort -n`,
  'vm-stopped': `for f in ${VM_FILES}; do v=\${f##*/}; v=\${v%.conf}; [ -e "$f" ] && [ ! -e "${RUN}/$v.pid" ] && echo "$v"; done | sort -n`,
  storage: `{ echo local; sed -n 's/^[a-z0-9]*: *//p' ${PVE}/storage.cfg 2>/dev/null; } | sort -u`,
  'storage-enabled': `${STORAGES} | cut -d' ' -f1 | sort -u`,
  node: `ls ${PVE}/nodes 2>/dev/null`,
  volume: VOLUMES,
  snapshot: `sed -n 's/^\\[\\([A-Za-z][A-Za-z0-9_-]*\\)\\]$/\\1/p' ${GUEST_FILES} 2>/dev/null | grep -vx PENDING | sort -u`,
  bridge: `for d in /sys/class/net/*/bridge; do [ -e "$d" ] && d=\${d%/bridge} && echo "\${d##*/}"; done`,
  task: `cut -d' ' -f1 ${ROOT}/var/log/pve/tasks/index 2>/dev/null | tail -n 50`,
  file: '',
  'guest-option': `sed -n 's/^\\([a-z][a-z0-9_-]*\\):.*/\\1/p' ${GUEST_FILES} 2>/dev/null | sort -u`,
};
