# Functions for jobs in the lab's virtual machine: the consoles of its own guests.

# console VMID: what the guest says on serial0 from now on is kept, for waitfor and guest.
console() {
  rm -f /run/lab-in.$1
  mkfifo /run/lab-in.$1
  : >/run/lab-out.$1
  (
    exec 4<>/run/lab-in.$1
    exec socat - UNIX-CONNECT:/run/qemu-server/$1.serial0 <&4 >>/run/lab-out.$1 2>/dev/null
  ) &
}

# waitfor VMID PATTERN: until the guest has said it; fails with its last words after 15 minutes.
waitfor() {
  local end=$((SECONDS + 900))
  until grep -q -a -E -- "$2" /run/lab-out.$1; do
    [ $SECONDS -lt $end ] || { echo "guest $1 did not say '$2':"; tail -c 1500 /run/lab-out.$1; return 1; }
    sleep 0.3
  done
}

# booted VMID: until the guest's shell answers, whenever it booted; its kernel is silent from then on, so
# that nothing comes between what a command prints.
booted() {
  local end=$((SECONDS + 900))
  until tr -d '\r' </run/lab-out.$1 | grep -q -a '^=shell=2$'; do
    [ $SECONDS -lt $end ] || { echo "no shell in guest $1:"; tail -c 1500 /run/lab-out.$1; return 1; }
    echo 'echo 0 >/proc/sys/kernel/printk; echo =shell=$((1 + 1))' >/run/lab-in.$1
    sleep 1
  done
}

# guest VMID COMMAND: runs it in the guest and prints what it printed; fails where the guest does not answer.
guest() {
  local mark=$RANDOM$RANDOM
  echo "echo =$mark=begin; $2; echo =$mark=end\$?" >/run/lab-in.$1
  waitfor $1 "^=$mark=end[0-9]" || return 1
  tr -d '\r' </run/lab-out.$1 | sed -n "/^=$mark=begin/,/^=$mark=end/p" | sed '1d;$d'
}

# cgroup VMID: the folder of the group its QEMU is in.
cgroup() { echo "/sys/fs/cgroup$(cut -d: -f3 "/proc/$(cat /run/qemu-server/$1.pid)/cgroup")"; }
