#!/bin/bash
# A node with systemd as pid 1 over this machine's own root: its own mount, pid, network and control
# group namespaces; what it writes lies in memory and goes with it.
#   systemd-node.sh up DIR     prints the pid of its systemd once that is ready; runs on in the background
#   systemd-node.sh down DIR   ends it and takes its control groups away
set -eu
[ $# = 2 ] || { echo 'usage: systemd-node.sh up|down DIR' >&2; exit 2; }
project=$(cd "$(dirname "$0")/../.." && pwd)
dir=$2 name=pave-node-$(basename "$2")
hierarchies() { for h in /sys/fs/cgroup/*/cgroup.procs; do [ -L "${h%/*}" ] || dirname "$h"; done; }

inside() {
  mount --make-rprivate /
  mount -t tmpfs tmpfs "$dir"
  mkdir "$dir"/upper "$dir"/work "$dir"/root
  mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/upper,workdir=$dir/work" "$dir/root"
  cd "$dir/root"
  mount -t proc proc proc
  mount -t sysfs sysfs sys
  mount --rbind /dev dev
  mount -t tmpfs tmpfs run
  mount -t tmpfs tmpfs tmp
  # The project may lie below /tmp or on a file system of its own.
  mkdir -p ".$project"
  mount --rbind "$project" ".$project"
  mount -o remount,bind,ro ".$project"
  mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
  for h in $PAVE_HIERARCHIES; do
    mkdir "sys/fs/cgroup/$h"
    case $h in
      unified) mount -t cgroup2 cgroup2 sys/fs/cgroup/unified ;;
      systemd) mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd ;;
      *) mount -t cgroup -o "$h" cgroup "sys/fs/cgroup/$h" ;;
    esac
  done
  rm -rf etc/pve var/lib/vz
  printf '[Unit]\nDescription=Node for tests\nDefaultDependencies=no\n' >etc/systemd/system/pave-test.target
  mkdir .old
  pivot_root . .old
  umount -l /.old
  exec env -i container=pave PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=pave-test.target --log-target=console --show-status=no
}

case $1 in
  up)
    for h in $(hierarchies); do
      mkdir -p "$h/$name"
      [ ! -e "$h/cpuset.cpus" ] || for f in cpuset.cpus cpuset.mems; do cat "$h/$f" >"$h/$name/$f"; done
      echo $$ >"$h/$name/cgroup.procs"
    done
    mkdir -p "$dir"
    PAVE_HIERARCHIES=$(hierarchies | xargs -n 1 basename | tr "\n" " ") setsid \
      unshare -m -p -u -i -n -C --fork --kill-child "$0" inside "$dir" >"$dir.log" 2>&1 </dev/null &
    for _ in $(seq 100); do
      pid=$(pgrep -P $! || true)
      if [ -n "$pid" ] && nsenter -t "$pid" -m -p systemctl is-system-running 2>/dev/null | grep -q running; then
        echo "$pid"
        exit 0
      fi
      sleep 0.1
    done
    cat "$dir.log" >&2
    exit 1
    ;;
  inside) inside ;;
  down)
    for procs in /sys/fs/cgroup/systemd/"$name"/init.scope/cgroup.procs; do
      [ ! -e "$procs" ] || head -n 1 "$procs" | xargs -r kill -9
    done
    # The groups are free a moment after their last process.
    for _ in $(seq 50); do
      find /sys/fs/cgroup/*/"$name" -depth -type d -exec rmdir {} + 2>/dev/null || true
      ls -d /sys/fs/cgroup/*/"$name" >/dev/null 2>&1 || break
      sleep 0.1
    done
    rm -rf "$dir" "$dir.log"
    ;;
esac
