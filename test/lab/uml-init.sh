#!/bin/bash
# First process of a User-Mode Linux kernel whose root is the host's, read-only through hostfs: puts a
# tmpfs over it, so that everything may be changed and nothing is, and runs a job in it.
# Kernel arguments: job=<script> share=<folder both sides write to>
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
modules=/usr/lib/uml/modules/$(uname -r)
mount -t proc proc /proc
word() { sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" /proc/cmdline; }
off() { echo o >/proc/sysrq-trigger; sleep 9; }
mount -t tmpfs -o size=80% tmp /mnt
mkdir -p /mnt/upper /mnt/work /mnt/root /mnt/lower
busybox insmod "$modules/kernel/fs/overlayfs/overlay.ko"
mount -t hostfs none /mnt/lower -o /
mount -t overlay over -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root || { echo 'LAB-FAILED overlay'; off; }
job=$(word job) share=$(word share)
cd /mnt/root || off
mount -t proc proc proc
mount -t sysfs sys sys
mount -t devtmpfs dev dev
ln -s /proc/self/fd dev/fd
mkdir -p dev/pts dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts dev/pts
mount -t tmpfs shm dev/shm
mount -t tmpfs run run
mkdir -p run/lock run/network
mkdir -p lib/modules
ln -sfn "$modules" "lib/modules/$(uname -r)"
mkdir -p "./$share"
mount -t hostfs none "./$share" -o "$share"
# Module loading and nft want a real root, not a chroot.
mkdir -p oldroot
pivot_root . oldroot
cd /
ip link set lo up
hostname lab
exec 3>/dev/ttyS0
/bin/bash "$job" </dev/null >&3 2>&1 3>&-
printf '\nLAB-STATUS=%s\n' "$?" >&3
sync
off
