#!/bin/sh
# Fetches the real programs that test/interop and test/e2e need: cosign 2 and 3, oras, crane, docker-registry and etcd,
# as Debian packages unpacked beside the system (no root, nothing installed).
#
#   hack/real-parts.sh [DIRECTORY]      default: .cache/parts in the repository
#
# Afterwards DIRECTORY/bin holds cosign2, cosign3, oras, oras2 (1.2), crane, docker-registry and etcd; tests look
# there, or in $BP_PARTS. Running it again does nothing unless a part is missing. skopeo needs shared
# libraries of its own: `apt-get install skopeo`.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
dir=${1:-$here/.cache/parts}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

case $dir in *[[:space:]]*)
  echo "real-parts: \"$dir\" contains white space, which apt-get cannot handle" >&2
  exit 2
  ;;
esac

complete() {
  for part in cosign2 cosign3 oras oras2 crane docker-registry etcd; do
    [ -x "$dir/bin/$part" ] || return 1
  done
}
if complete; then
  echo "real-parts: complete in $dir/bin"
  exit 0
fi
for need in apt-get dpkg dpkg-deb; do
  command -v "$need" >/dev/null || {
    echo "real-parts: $need is missing; the parts come from Debian packages" >&2
    exit 1
  }
done

# The archive that this machine already uses, in deb822 or one-line form.
uri=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null |
  awk '$1=="URIs:"{print $2; exit} $1=="deb"{for(i=2;i<=NF;i++) if($i ~ /^[a-z+]+:\//){print $i; exit}}')
[ -n "$uri" ] || {
  echo "real-parts: no Debian archive in /etc/apt" >&2
  exit 1
}

# fetch SUITE PACKAGE…  unpacks into DIRECTORY/SUITE/root
fetch() {
  suite=$1
  shift
  at=$dir/$suite
  rm -rf "$at"
  mkdir -p "$at/lists/partial" "$at/cache/archives/partial" "$at/root"
  echo "deb [signed-by=$keyring] $uri $suite main" >"$at/sources.list"
  set -- -q -o Dir::Etc::sourcelist="$at/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$at/lists" -o Dir::Cache="$at/cache" -- "$@"
  options=
  while [ "$1" != -- ]; do
    options="$options $1"
    shift
  done
  shift
  # shellcheck disable=SC2086 # no white space in the options, see above
  apt-get $options update
  # shellcheck disable=SC2086
  (cd "$at" && apt-get $options download "$@" && for deb in *.deb; do dpkg -x "$deb" root; done)
  rm -rf "$at/lists" "$at/cache"
}

fetch sid cosign oras crane
fetch trixie cosign oras
fetch bookworm docker-registry etcd-server

# sid moves on; its cosign prints no version of its own, so the package is asked.
version=$(dpkg-deb -f "$dir"/sid/cosign_*.deb Version)
dpkg --compare-versions "$version" ge 3 || {
  echo "real-parts: sid has cosign $version, 3 or later is needed" >&2
  exit 1
}

mkdir -p "$dir/bin"
ln -sf ../sid/root/usr/bin/cosign "$dir/bin/cosign3"
ln -sf ../sid/root/usr/bin/oras "$dir/bin/oras"
ln -sf ../sid/root/usr/bin/crane "$dir/bin/crane"
ln -sf ../trixie/root/usr/bin/cosign "$dir/bin/cosign2"
ln -sf ../trixie/root/usr/bin/oras "$dir/bin/oras2"
ln -sf ../bookworm/root/usr/bin/docker-registry "$dir/bin/docker-registry"
ln -sf ../bookworm/root/usr/bin/etcd "$dir/bin/etcd"
complete || {
  echo "real-parts: a package no longer holds the binary expected, see $dir" >&2
  exit 1
}
echo "real-parts: complete in $dir/bin"
