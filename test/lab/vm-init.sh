#!/bin/busybox sh
# First process of the lab's virtual machine (an initramfs): the host's root, read-only, below a layer in
# memory, so that everything may be changed and nothing is; then systemd, with vm-agent.sh as its only
# service. vm.ts puts /busybox, /order and /modules beside it.
# Kernel arguments: lab_modules=<folder of the kernel's modules> lab_agent=<path of vm-agent.sh>
/bin/busybox --install -s /bin
export PATH=/bin
mkdir /proc /sys /dev /host /layer /root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
word() { sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" /proc/cmdline; }
while read -r module; do insmod "/modules/$module"; done </order
mount -t virtiofs -o ro root /host
mount -t tmpfs -o size=80% layer /layer
mkdir /layer/upper /layer/work
mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work over /root || poweroff -f
cd /root
# Nothing of the host's own guests, mounts and units; no container, even where the host is one.
rm -rf etc/pve var/lib/vz .dockerenv
: >etc/fstab
echo lab >etc/hostname
mkdir -p var/lib/vz lib/modules
mount -t ext4 /dev/vda var/lib/vz
ln -sfn "$(word lab_modules)" "lib/modules/$(uname -r)"
units=etc/systemd/system
# Of the early boot's services, which every other one waits for, only the journal's.
rm -rf lib/systemd/system/sysinit.target.wants $units/sysinit.target.wants
printf '[Unit]\nDescription=Early boot\nDefaultDependencies=no\nWants=systemd-journald.service\n' >$units/sysinit.target
printf '[Unit]\nDescription=Lab\nDefaultDependencies=no\nWants=pave-lab.service\n' >$units/pave-lab.target
printf '[Unit]\nDescription=Jobs of the lab\nDefaultDependencies=no\n[Service]\nExecStart=/bin/bash %s\nDelegate=yes\n' "$(word lab_agent)" >$units/pave-lab.service
for mounted in dev proc sys; do mount --move "/$mounted" "/root/$mounted"; done
cd /
exec switch_root /root /lib/systemd/systemd --unit=pave-lab.target
