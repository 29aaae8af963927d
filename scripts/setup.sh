#!/usr/bin/env bash
# Installs what is missing and builds. Called by quickstart and npm test; may be run again and again.
#   setup.sh          what Pavé needs to run virtual machines
#   setup.sh --tests  also what only the tests need
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(qemu-system-x86 qemu-utils seabios socat iproute2 zstd busybox-static genisoimage nftables dnsmasq-base)
if [ "${1:-}" = --tests ]; then
  packages+=(novnc chromium openssh-client)
  packages+=(procps fdisk mtools systemd lzop pigz man-db bash bash-completion zsh fish tmux util-linux e2fsprogs strace faketime libnbd-bin fuse3 user-mode-linux kmod openvswitch-switch iputils-ping python3 ipxe-qemu time ovmf swtpm swtpm-tools qemu-system-arm qemu-efi-aarch64)
  # In Debian 12 they are part of the packages above.
  if ! grep -q '^12\b' /etc/debian_version; then packages+=(virtiofsd qemu-system-modules-spice); fi
fi

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" = 0 ] || { echo "missing packages: run as root: apt-get install ${missing[*]}" >&2; exit 1; }
  echo "installing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  apt=(apt-get -qq -o DPkg::Lock::Timeout=300)
  if ! { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo 'apt-get could not install them: see above' >&2
    exit 1
  fi
fi

# npm writes this file last: it is newer than the lock file once everything is in place.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo 'installing the packages of package-lock.json'
  npm ci --no-audit --no-fund --loglevel=error --ignore-scripts
fi

if [ "${1:-}" != --tests ] && { [ ! -e dist/qm.cjs ] || [ -n "$(find src scripts/build.mjs package.json -newer dist/qm.cjs -print -quit)" ]; }; then
  echo 'building'
  npm run --silent build
fi
