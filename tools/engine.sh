#!/bin/sh
# Prints the folder of a Pulumi engine that fits: the one on PATH, else one built once from go.mod beside this file into
# a cache outside the checkout. Progress and errors go to standard error.
#   tools/engine.sh            find, and build when none is found
#   tools/engine.sh --find     only find; exit status 1 when there is none
set -eu

usage="usage: tools/engine.sh [--find]"
case "${1:-}" in
  "" | --find) ;;
  --help | -h) echo "$usage"; exit 0 ;;
  *) echo "$usage" >&2; exit 2 ;;
esac

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# The oldest engine that knows what the SDK in package.json asks of it; version 4 may break the protocol.
oldest=3.248.0
pinned=$(awk '$1 == "require" && $2 == "github.com/pulumi/pulumi/pkg/v3" { print $3 }' "$here/go.mod")
cached="${XDG_CACHE_HOME:-$HOME/.cache}/failure-domains/engine-$pinned/bin"

# Whether version $1 lies in [oldest, 4).
fits() {
  version=${1#v}
  version=${version%%-*}
  [ "${version%%.*}" = 3 ] &&
    [ "$(printf '%s\n%s\n' "$oldest" "$version" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$oldest" ]
}

if on_path=$(command -v pulumi) && found=$(PULUMI_SKIP_UPDATE_CHECK=true pulumi version 2>/dev/null); then
  if fits "$found"; then
    dirname -- "$on_path"
    exit 0
  fi
  echo "pulumi $found on PATH does not fit: $oldest or later, below 4, is needed; looking for a built one" >&2
fi

if [ -x "$cached/pulumi" ]; then
  echo "$cached"
  exit 0
fi
[ "${1:-}" != --find ] || exit 1

if ! command -v go >/dev/null; then
  cat >&2 <<END
There is no Pulumi engine: neither pulumi ($oldest or later) nor go is on PATH.
Install one of them: pulumi as its web site says, or Go 1.25 or later, with which 'make engine' builds pulumi $pinned.
END
  exit 1
fi

mkdir -p "$cached"
partial="$cached/.pulumi.$$"
trap 'rm -f "$partial"' EXIT
trap 'exit 130' INT TERM
echo "building the Pulumi engine $pinned once into $cached (some minutes: its modules are downloaded and compiled)" >&2
started=$(date +%s)
# Dependencies come as go.sum pins them; nothing in the checkout is written.
(cd "$here" && go build -mod=readonly -trimpath -buildvcs=false \
  -ldflags "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$pinned" \
  -o "$partial" github.com/pulumi/pulumi/pkg/v3/cmd/pulumi) >&2
mv "$partial" "$cached/pulumi"
echo "built the Pulumi engine in $(($(date +%s) - started)) s" >&2
echo "$cached"
