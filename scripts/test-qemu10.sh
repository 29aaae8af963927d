#!/usr/bin/env bash
# For tests only: unpacks Debian 13's QEMU 10.0 with its libraries below a folder, beside whatever
# QEMU this machine has, and writes wrappers that run it. May be run again and again.
#   test-qemu10.sh DIR     then DIR/bin/qemu-system-x86_64 is QEMU 10.0
set -euo pipefail
dir=$1
[ -e "$dir/complete" ] && exit 0
uri=$(apt-get indextargets --format '$(CREATED_BY) $(ORIGIN) $(COMPONENT) $(REPO_URI)' |
  awk '$1 == "Packages" && $2 == "Debian" && $3 == "main" { print $4; exit }')
[ -n "$uri" ] || { echo 'no Debian mirror is configured' >&2; exit 1; }
rm -rf "$dir.new"
mkdir -p "$dir.new/apt/lists/partial" "$dir.new/apt/cache/archives/partial" "$dir.new/root" "$dir.new/bin"
touch "$dir.new/apt/status"
key=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$key] ${uri%/} trixie main" >"$dir.new/apt/sources.list"
cat >"$dir.new/apt.conf" <<CONF
Dir::Etc::sourcelist "$dir.new/apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$dir.new/apt";
Dir::State::lists "$dir.new/apt/lists";
Dir::State::status "$dir.new/apt/status";
Dir::Cache "$dir.new/apt/cache";
APT::Install-Recommends "false";
CONF
export APT_CONFIG=$dir.new/apt.conf
apt-get -qq update
apt-get -qq -y --download-only install qemu-system-x86 qemu-system-modules-spice \
  qemu-system-modules-opengl seabios ovmf >/dev/null
for package in "$dir.new"/apt/cache/archives/*.deb; do dpkg -x "$package" "$dir.new/root"; done
rm -rf "$dir.new/apt" "$dir.new/apt.conf"
cat >"$dir.new/bin/qemu-system-x86_64" <<'WRAPPER'
#!/bin/sh
# Through Debian 13's own loader: its libraries are newer than this system's.
here=$(dirname "$(dirname "$(readlink -f "$0")")")/root
lib=$here/usr/lib/x86_64-linux-gnu
export QEMU_MODULE_DIR=$lib/qemu
exec "$lib/ld-linux-x86-64.so.2" --argv0 "$0" --library-path "$lib:$lib/pulseaudio" \
  "$here/usr/bin/qemu-system-x86_64" -L "$here/usr/share/qemu" -L "$here/usr/share/seabios" "$@"
WRAPPER
chmod +x "$dir.new/bin/qemu-system-x86_64"
touch "$dir.new/complete"
rm -rf "$dir"
mv "$dir.new" "$dir"
