#!/usr/bin/env bash
# Builds a small bootable guest disk image (raw, 64 MiB, sparse) out of Debian's own packages:
# the kernel package, busybox-static, syslinux and the signed shim and GRUB on a FAT partition: it boots
# under BIOS and under UEFI, also with secure boot. Nothing is installed on the host:
# packages are downloaded with apt and unpacked into a cache. No loop devices, no mounts, no kernel modules.
#
# Disk layout: sector 0 MBR; partition 2 (type da) at sector 64 with the marker sector; partition 1 (FAT16,
# active) from sector 2048 on with kernel and initrd. The guest runs from its initrd; the marker sector
# (byte 32768 of the disk) is one line of text the guest writes:
#   PAVE-GUEST boots=<n> state=<up|down> host=<name>
# so a test can see on the host how often the disk booted and whether the last shutdown was clean.
set -euo pipefail
export LC_ALL=C
umask 022

readonly IMAGE_SECTORS=131072 FAT_START=2048 MARKER_SECTOR=64
flavour=cloud agent=0 force=0 output=''
cache=${PAVE_CACHE:-/var/cache/pave}/guest-image

say() { printf '%s\n' "$*" >&2; }
die() { say "guest-image: $*"; exit 1; }

usage() {
  cat <<'USAGE'
Usage: guest-image.sh [--flavour cloud|full] [--agent] [--force] OUTPUT.raw

  --flavour cloud  linux-image-cloud-amd64: smallest; virtio, IDE, pvscsi, vmxnet3 (default)
  --flavour full   linux-image-amd64: also SATA, LSI, MegaRAID, NVMe, USB, e1000, rtl8139, ...
  --agent          adds qemu-guest-agent
  --force          replaces OUTPUT.raw when it exists

Downloads and finished images are kept in ${PAVE_CACHE:-/var/cache/pave}/guest-image.
USAGE
}

while [ $# -gt 0 ]; do
  case $1 in
    --flavour) [ $# -ge 2 ] || die "--flavour needs a value: cloud or full"; flavour=$2; shift ;;
    --flavour=*) flavour=${1#*=} ;;
    --agent) agent=1 ;;
    --force) force=1 ;;
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; die "unknown option '$1'" ;;
    *) [ -z "$output" ] || die "only one OUTPUT.raw, got '$output' and '$1'"; output=$1 ;;
  esac
  shift
done
[ -n "$output" ] || { usage >&2; die 'no OUTPUT.raw given'; }
case $flavour in
  cloud) metapackage=linux-image-cloud-amd64 ;;
  full) metapackage=linux-image-amd64 ;;
  *) die "unknown flavour '$flavour': use cloud or full" ;;
esac

missing=()
for tool in apt-get:apt apt-cache:apt dpkg-deb:dpkg flock:util-linux truncate:coreutils gzip:gzip; do
  command -v "${tool%%:*}" >/dev/null || missing+=("${tool##*:}")
done
[ ${#missing[@]} = 0 ] || die "missing tools; run: apt-get install $(printf '%s\n' "${missing[@]}" | sort -u | tr '\n' ' ')"
[ "$(dpkg --print-architecture)" = amd64 ] || die 'the image is built from amd64 packages: run it on an amd64 Debian'
if [ -e "$output" ] && [ "$force" = 0 ]; then die "'$output' exists: remove it or pass --force"; fi
[ -d "$(dirname -- "$output")" ] || die "no such directory: $(dirname -- "$output")"
mkdir -p "$cache/packages" "$cache/images" 2>/dev/null || die "cannot write $cache: run as root or set PAVE_CACHE"
exec 9>"$cache/lock"
flock -x 9
rm -rf -- "$cache"/build.* # of runs that were killed: the lock is ours

kernel_package=$(apt-cache depends -- "$metapackage" 2>/dev/null | awk '/Depends: linux-image-[0-9]/ && !found { found = 1; print $2 }') || true
[ -n "$kernel_package" ] || die "apt knows no package '$metapackage': run apt-get update"
packages=("$kernel_package" busybox-static syslinux syslinux-common mtools shim-signed grub-efi-amd64-signed)
if [ "$agent" = 1 ]; then
  mapfile -t agent_packages < <(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
    --no-replaces --no-enhances qemu-guest-agent | grep -E '^(qemu-guest-agent|libc6|lib[a-z0-9.+-]*)$' | grep -v -e perl -e '^libdb' -e '^libgdbm' | sort -u)
  [ ${#agent_packages[@]} -gt 1 ] || die "apt knows no package 'qemu-guest-agent': run apt-get update"
  packages+=("${agent_packages[@]}")
fi

# The version apt would install of each package, asked for all at once.
declare -A version=()
while read -r name value; do version[$name]=$value; done < <(apt-cache policy -- "${packages[@]}" |
  sed -n -e 's/^\([a-z0-9][^ :]*\).*:$/\1/;t keep' -e 's/^ *Candidate: *//;t join' -e 'b' -e ':keep' -e 'h;b' -e ':join' -e 'H;x;s/\n/ /p')
key="$flavour $agent"
for name in "${packages[@]}"; do
  [ "${version[$name]:-(none)}" != '(none)' ] || die "apt knows no package '$name': run apt-get update and check /etc/apt/sources.list"
  key+=" $name=${version[$name]}"
done
# The finished image is kept under a key made of this script and every package version.
key=$(printf '%s' "$key" | cat - "${BASH_SOURCE[0]}" | sha256sum | cut -c1-16)
variant=pave-guest-$flavour-$([ "$agent" = 1 ] || printf no)agent
image=$cache/images/$variant-$key.raw

# deliver: copies the cached image to OUTPUT.raw, complete or not at all.
deliver() {
  local part
  part=$(mktemp -- "$output.XXXXXX")
  trap 'rm -f -- "$part"' EXIT
  cp --sparse=always --reflink=auto -- "$image" "$part"
  chmod 0644 -- "$part"
  mv -f -- "$part" "$output"
  trap - EXIT
  say "guest-image: $output ($(du -h -- "$output" | cut -f1) used of $((IMAGE_SECTORS / 2048)) MiB, $flavour kernel ${kernel_package#linux-image-})"
}
if [ -s "$image" ]; then deliver; exit 0; fi

work=$(mktemp -d -- "$cache/build.XXXXXX")
trap 'rm -rf -- "$work"' EXIT

# deb NAME: where the cache keeps the package file of a name.
deb() { printf '%s' "$cache/packages/$1_${version[$1]//:/%3a}.deb"; }
absent=()
for name in "${packages[@]}"; do [ -s "$(deb "$name")" ] || absent+=("$name=${version[$name]}"); done
mkdir -p "$work/sys" "$work/root" "$work/fetch"
if [ ${#absent[@]} -gt 0 ]; then
  say "guest-image: downloading ${absent[*]}"
  (cd "$work/fetch" && apt-get -qq -o APT::Sandbox::User=root download "${absent[@]}" >&2) || die 'download failed: run apt-get update and try again'
  for file in "$work"/fetch/*.deb; do
    name=$(dpkg-deb -f "$file" Package)
    mv -f -- "$file" "$(deb "$name")"
  done
fi
for name in "${packages[@]}"; do dpkg-deb -x "$(deb "$name")" "$work/sys"; done
sys=$work/sys root=$work/root
busybox=$(find "$sys" -path '*bin/busybox' -type f -print -quit)
[ -n "$busybox" ] || die 'busybox-static holds no bin/busybox'
kernel=$(find "$sys/boot" -name 'vmlinuz-*' -print -quit)
[ -n "$kernel" ] || die "$kernel_package holds no kernel"
release=${kernel##*/vmlinuz-}
if [ -d "$sys/usr/lib/modules/$release" ]; then modules=$sys/usr/lib/modules/$release; else modules=$sys/lib/modules/$release; fi

say "guest-image: building the initrd (kernel $release)"
mkdir -p "$root"/{bin,sbin,etc/acpi/PWRF,proc,sys,dev,run,tmp,root,mnt,lib/modules/"$release",usr/share/udhcpc,usr/bin,usr/sbin}
install -m 0755 "$busybox" "$root/bin/busybox"

# What a guest may meet in a virtual machine; names a flavour lacks are skipped, dependencies are added.
wanted=(
  virtio_pci virtio_mmio virtio_blk virtio_scsi virtio_net virtio_balloon virtio_console virtio_rng virtio_mem virtio_input virtiofs 9p 9pnet_virtio
  ata_piix ata_generic ahci sd_mod sr_mod sg isofs nvme sym53c8xx megaraid_sas mptspi mptsas vmw_pvscsi
  e1000 e1000e igb 8139cp 8139too vmxnet3 pcnet32 ne2k-pci e100
  uhci-hcd ehci-pci ohci-pci xhci-pci usb-storage uas usbhid hid-generic
  evdev button i6300esb iTCO_wdt vmgenid qemu_fw_cfg acpiphp shpchp tpm_tis tpm_crb vfat nls_iso8859-1 nls_cp437 ext4 crc32c_generic crc32c_intel
)
# add_module NAME: copies a module, uncompressed, with everything it depends on.
declare -A have=() module_file=()
while IFS= read -r file; do
  name=${file##*/}
  name=${name%%.ko*}
  module_file[${name//-/_}]=$file
done < <(find "$modules" -name '*.ko' -o -name '*.ko.xz' -o -name '*.ko.zst')
add_module() {
  local name=${1//-/_} file target dep
  file=${module_file[$name]:-}
  if [ -n "${have[$name]:-}" ] || [ -z "$file" ]; then return 0; fi
  have[$name]=1
  target=$root/lib/modules/$release/$name.ko
  case $file in
    *.xz) "$busybox" xzcat "$file" >"$target" ;;
    *.zst) command -v zstd >/dev/null || die 'the kernel modules are zstd-compressed; run: apt-get install zstd'; zstd -qdc "$file" >"$target" ;;
    *) cp -- "$file" "$target" ;;
  esac
  for dep in $(tr '\0' '\n' <"$target" | sed -n 's/^depends=//p' | tr ',' ' '); do add_module "$dep"; done
}
for name in "${wanted[@]}"; do add_module "$name"; done
cp -- "$modules"/modules.builtin "$modules"/modules.order "$root/lib/modules/$release/" 2>/dev/null || true
"$busybox" depmod -b "$root" "$release"

if [ "$agent" = 1 ]; then
  loader=$(find "$sys" -name 'ld-linux-x86-64.so.2' -print -quit)
  libraries=$(find "$sys" -type d -path '*lib/x86_64-linux-gnu' | tr '\n' ':')
  install -m 0755 "$sys/usr/sbin/qemu-ga" "$root/usr/sbin/qemu-ga"
  install -D -m 0755 "$loader" "$root/lib64/ld-linux-x86-64.so.2"
  needed=$("$loader" --library-path "$libraries" --list "$sys/usr/sbin/qemu-ga") || die 'the libraries of qemu-guest-agent are not complete'
  while read -r name _ file _; do
    [[ $file == "$work"/* ]] || continue
    install -D -m 0755 "$file" "$root/lib/x86_64-linux-gnu/$name"
  done <<<"$needed"
fi

printf 'root::0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\n' >"$root/etc/group"
cat >"$root/etc/profile" <<'PROFILE'
export PATH=/sbin:/bin:/usr/sbin:/usr/bin HOME=/root TERM="${TERM:-linux}"
PS1='\h:\w# '
PROFILE

# Pid 1: sets the machine up, then hands over to busybox init, which keeps the shells running.
cat >"$root/init" <<INIT
#!/bin/busybox sh
MARKER_SECTOR=$MARKER_SECTOR
INIT
cat >>"$root/init" <<'INIT'
export PATH=/sbin:/bin:/usr/sbin:/usr/bin HOME=/root
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys
mountpoint -q /dev 2>/dev/null || mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm; mount -t devpts devpts /dev/pts; mount -t tmpfs tmpfs /run
echo "MARKER_SECTOR=$MARKER_SECTOR" >/run/guest.env
hostname pave-guest
ip link set lo up
modprobe -aq evdev button sd_mod sr_mod
# Buses found in one pass (virtio, SCSI, USB) show their devices in the next; later ones come as events.
for pass in 1 2 3; do
  [ $pass = 3 ] && { uevent /etc/hotplug >/dev/null 2>&1 & }
  find /sys/devices -name modalias -exec cat {} + 2>/dev/null | sort -u >/run/modalias
  cmp -s /run/modalias /run/modalias.old || xargs modprobe -aq </run/modalias 2>/dev/null
  mv /run/modalias /run/modalias.old
done
/etc/marker up
/etc/cloud-name
tries=0
while ! grep -q 'Power Button' /proc/bus/input/devices && [ $tries -lt 10 ]; do sleep 0.1; tries=$((tries + 1)); done
acpid -l /run/acpid.log -p /run/acpid.pid 2>/dev/null
: >/etc/inittab
for n in 0 1 2 3; do
  grep -q "^$n: uart:[^u]" /proc/tty/driver/serial 2>/dev/null && echo "ttyS$n::respawn:-/bin/sh" >>/etc/inittab
done
[ -c /dev/tty1 ] && echo 'tty1::respawn:-/bin/sh' >>/etc/inittab
echo '::ctrlaltdel:/sbin/reboot' >>/etc/inittab
echo '::shutdown:/etc/marker down' >>/etc/inittab
/etc/banner >/run/banner
for t in /dev/tty1 /dev/ttyS0; do cat /run/banner >"$t" 2>/dev/null; done
for n in /sys/class/net/e*; do [ -e "$n" ] && /etc/net-up "${n##*/}"; done
[ -x /usr/sbin/qemu-ga ] && /etc/agent-up
exec /bin/linuxrc
INIT

# marker up|down: counts the boot, or notes the clean shutdown, in the marker sector of the boot disk.
cat >"$root/etc/marker" <<'MARKER'
#!/bin/sh
. /run/guest.env
find_disk() {
  for d in /sys/block/[vsh]d* /sys/block/nvme*; do
    [ -e "$d" ] || continue
    dev=/dev/${d##*/}
    dd if="$dev" bs=512 skip="$MARKER_SECTOR" count=1 2>/dev/null | grep -q '^PAVE-GUEST ' && return 0
  done
  return 1
}
if [ "$1" = up ]; then
  tries=0
  until find_disk; do
    tries=$((tries + 1)); [ $tries -lt 40 ] || { echo none >/run/bootdisk; exit 0; }
    sleep 0.1
  done
  echo "$dev" >/run/bootdisk
fi
dev=$(cat /run/bootdisk); [ "$dev" != none ] || exit 0
boots=$(dd if="$dev" bs=512 skip="$MARKER_SECTOR" count=1 2>/dev/null | sed -n 's/^PAVE-GUEST boots=\([0-9]*\).*/\1/p')
[ "$1" = up ] && boots=$((${boots:-0} + 1))
echo "$boots" >/run/boots
printf '%-511s\n' "PAVE-GUEST boots=$boots state=$1 host=$(hostname)" | dd of="$dev" bs=512 seek="$MARKER_SECTOR" conv=notrunc,fsync 2>/dev/null || true
MARKER

cat >"$root/etc/banner" <<'BANNER'
#!/bin/sh
read -r up _ </proc/uptime
disks=''
for d in /sys/block/[vsh]d* /sys/block/sr* /sys/block/nvme*; do [ -e "$d/size" ] && disks="$disks ${d##*/}=$(($(cat "$d/size") / 2048))M"; done
nics=''
for n in /sys/class/net/e*; do [ -e "$n" ] && nics="$nics ${n##*/}=$(cat "$n/address")"; done
echo
echo "Pave guest ready"
echo "  host:   $(hostname), Linux $(uname -r), $(nproc) cpu, $(($(sed -n 's/MemTotal: *\([0-9]*\).*/\1/p' /proc/meminfo) / 1024)) MiB"
echo "  boot:   disk $(cat /run/bootdisk), boots=$(cat /run/boots 2>/dev/null || echo 0), uptime ${up}s"
echo "  disks: ${disks:- none}"
echo "  nics:  ${nics:- none}"
BANNER

# Takes the host name from a cloud-init drive (labels cidata and config-2), when there is one.
cat >"$root/etc/cloud-name" <<'CLOUD'
#!/bin/sh
for d in /dev/sr* /dev/[sv]d[b-z]; do
  [ -b "$d" ] && dd if="$d" bs=2048 skip=16 count=1 2>/dev/null | strings | grep -qiE '(cidata|config-2)' || continue
  modprobe -q isofs
  mount -t iso9660 -o ro "$d" /mnt 2>/dev/null || continue
  name=$(cat /mnt/user-data /mnt/openstack/latest/user_data /mnt/meta-data 2>/dev/null | sed -n 's/^\(local-\)\{0,1\}hostname: *//p' | head -n 1)
  umount /mnt
  [ -n "$name" ] && hostname "$name" && exit 0
done
exit 0
CLOUD

cat >"$root/etc/hotplug" <<'HOTPLUG'
#!/bin/sh
[ "$ACTION" = add ] || exit 0
[ -n "$MODALIAS" ] && modprobe -q "$MODALIAS"
case $SUBSYSTEM in
  net) /etc/net-up "$INTERFACE" ;;
  cpu) [ -f "/sys$DEVPATH/online" ] && echo 1 >"/sys$DEVPATH/online" ;;
  virtio-ports) [ -x /usr/sbin/qemu-ga ] && /etc/agent-up ;;
esac
exit 0
HOTPLUG

cat >"$root/etc/net-up" <<'NETUP'
#!/bin/sh
case $1 in e*) ;; *) exit 0 ;; esac
mkdir "/run/net.$1" 2>/dev/null || [ ! -d "/proc/$(cat "/run/net.$1/pid" 2>/dev/null)/net" ] || exit 0
ip link set "$1" up || exit 0
udhcpc -f -i "$1" -t 5 -T 2 -A 20 -S -p "/run/net.$1/pid" -s /usr/share/udhcpc/default.script >/dev/null 2>&1 &
NETUP
cat >"$root/usr/share/udhcpc/default.script" <<'DHCP'
#!/bin/sh
case $1 in
  deconfig) ip addr flush dev "$interface" ;;
  bound | renew)
    ip addr flush dev "$interface"
    ip addr add "$ip/${mask:-24}" dev "$interface"
    for r in $router; do ip route replace default via "$r" dev "$interface" && break; done
    : >/etc/resolv.conf
    for s in $dns; do echo "nameserver $s" >>/etc/resolv.conf; done
    echo "$interface $ip/${mask:-24}" >/dev/kmsg
    ;;
esac
DHCP
cat >"$root/etc/agent-up" <<'AGENT'
#!/bin/sh
for p in /sys/class/virtio-ports/*; do
  [ "$(cat "$p/name" 2>/dev/null)" = org.qemu.guest_agent.0 ] || continue
  mkdir "/run/agent.${p##*/}" 2>/dev/null || exit 0
  (while [ -c "/dev/${p##*/}" ]; do qemu-ga -m virtio-serial -p "/dev/${p##*/}" -t /run -f /run/qemu-ga.pid; sleep 1; done; rmdir "/run/agent.${p##*/}") >/dev/null 2>&1 &
done
AGENT

# Both the power button and the agent come through here: no grace time, there is nothing to stop but the marker.
cat >"$root/sbin/shutdown" <<'SHUTDOWN'
#!/bin/sh
how=poweroff
for a; do case $a in -r) how=reboot ;; -H) how=halt ;; esac; done
/etc/marker down
# In the background: a serial port whose other end is not read would block the write.
for t in /dev/tty0 /dev/ttyS0; do (echo "Pave guest going down ($how)" >"$t" 2>/dev/null &); done
sync
exec /bin/busybox $how -f
SHUTDOWN
printf '#!/bin/sh\nexec /sbin/shutdown -P now\n' >"$root/etc/acpi/PWRF/00000080"
printf '#!/bin/sh\nexec /sbin/shutdown -r now\n' >"$root/sbin/reboot"
printf '#!/bin/sh\nexec /sbin/shutdown -P now\n' >"$root/sbin/poweroff"
chmod 0755 "$root"/init "$root"/etc/{marker,banner,cloud-name,hotplug,net-up,agent-up} "$root"/etc/acpi/PWRF/* "$root"/sbin/{shutdown,reboot,poweroff} "$root"/usr/share/udhcpc/default.script

# The same packages give the same bytes: fixed times, order, inode numbers and FAT serial.
stamp=$(stat -c %Y -- "$kernel")
find "$root" -exec touch -h -d "@$stamp" {} +
(cd "$root" && find . | sort | "$busybox" cpio -o -H newc -R 0:0 --ignore-devno --renumber-inodes 2>/dev/null) | gzip -n -1 >"$work/initrd"

say 'guest-image: writing the disk'
append='console=tty0 console=ttyS0,115200n8 quiet loglevel=3 mitigations=off random.trust_cpu=on random.trust_bootloader=on audit=0 apparmor=0 nmi_watchdog=0 no_timer_check memhp_default_state=online_movable panic=5'
printf 'DEFAULT pave\nPROMPT 0\nLABEL pave\n  KERNEL vmlinuz\n  INITRD initrd\n  APPEND %s\n' "$append" >"$work/syslinux.cfg"
cp -- "$kernel" "$work/vmlinuz"
touch -d "@$stamp" "$work"/{syslinux.cfg,vmlinuz,initrd}

mbr=$(find "$sys/usr/lib" -iname mbr.bin -ipath '*syslinux*' -print -quit)
[ -n "$mbr" ] || die 'syslinux-common holds no mbr.bin'
# le32 N: a 32-bit little-endian number as printf escapes.
le32() { printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)); }
# entry STATUS TYPE START COUNT: one partition table entry; CHS fields say "use LBA".
entry() { printf '%b' "\\x$1\\xfe\\xff\\xff\\x$2\\xfe\\xff\\xff$(le32 "$3")$(le32 "$4")"; }
disk=$work/disk.raw
truncate -s $((IMAGE_SECTORS * 512)) "$disk"
{
  head -c 440 <"$mbr"
  [ "$(stat -c %s -- "$mbr")" -ge 440 ] || head -c $((440 - $(stat -c %s -- "$mbr"))) /dev/zero
  printf 'PAVE\0\0'
  entry 80 0e $FAT_START $((IMAGE_SECTORS - FAT_START))
  entry 00 da $MARKER_SECTOR $((FAT_START - MARKER_SECTOR))
  head -c 32 /dev/zero
  printf '\x55\xaa'
} | dd of="$disk" bs=512 conv=notrunc status=none
printf '%-511s\n' 'PAVE-GUEST boots=0 state=new host=-' | dd of="$disk" bs=512 seek=$MARKER_SECTOR conv=notrunc status=none
export MTOOLS_SKIP_CHECK=1 MTOOLSRC=/dev/null SOURCE_DATE_EPOCH=$stamp PATH="$sys/usr/bin:$PATH"
fat="$disk@@$((FAT_START * 512))"
mformat -i "$fat" -T $((IMAGE_SECTORS - FAT_START)) -h 255 -s 63 -H $FAT_START -c 4 -N 50415645 -v PAVE ::
syslinux --offset $((FAT_START * 512)) --install "$disk"
shim=$(find "$sys" -name 'shimx64.efi.signed' -print -quit)
grub=$(find "$sys" -name 'grubx64.efi.signed' -print -quit)
[ -n "$shim" ] && [ -n "$grub" ] || die 'shim-signed or grub-efi-amd64-signed hold no signed loader'
printf 'linux /vmlinuz %s\ninitrd /initrd\nboot\n' "$append" >"$work/grub.cfg"
cp -- "$shim" "$work/BOOTX64.EFI"
cp -- "$grub" "$work/grubx64.efi"
touch -d "@$stamp" "$work"/{grub.cfg,BOOTX64.EFI,grubx64.efi}
mmd -i "$fat" ::EFI ::EFI/BOOT ::EFI/debian
mcopy -m -i "$fat" "$work/BOOTX64.EFI" "$work/grubx64.efi" ::EFI/BOOT
mcopy -m -i "$fat" "$work/grub.cfg" ::EFI/debian
mcopy -m -i "$fat" "$work/vmlinuz" "$work/initrd" "$work/syslinux.cfg" :: || die 'kernel and initrd do not fit into the image'
cp --sparse=always -- "$disk" "$work/final.raw"
rm -f -- "$cache/images/$variant"-*.raw # superseded by newer packages or a newer script
mv -f -- "$work/final.raw" "$image"
rm -rf -- "$work"
trap - EXIT
deliver
