#!/bin/sh
# Makes sure that the programs are there which tests and benchmarks start themselves, and installs Debian's packages of
# those that are missing. It touches nothing when nothing is missing. No service of an installed package is started.
#   tools/packages.sh sandbox  PostgreSQL, Knot and its tools, HAProxy, OpenSSL
#   tools/packages.sh test     curl and Chromium beside them
#   tools/packages.sh bench    dnsperf beside those
set -eu

usage="usage: tools/packages.sh sandbox|test|bench"
# program:package, where the program is looked for on PATH and where Debian keeps it.
needed="knotd:knot kdig:knot-dnsutils postgres:postgresql haproxy:haproxy openssl:openssl"
tests="curl:curl chromium:chromium"
case "${1:-}" in
  sandbox) ;;
  test) needed="$needed $tests" ;;
  bench) needed="$needed $tests dnsperf:dnsperf" ;;
  --help | -h) echo "$usage"; exit 0 ;;
  *) echo "$usage" >&2; exit 2 ;;
esac
purpose=$1

# Debian keeps servers off the PATH of ordinary users, and PostgreSQL off everybody's.
folders=$(printf '%s:' /usr/sbin /usr/local/sbin /usr/lib/postgresql/*/bin)
# PACKAGES_PATH stands for all of it, for who wants to see what happens where nothing is installed.
present() {
  (PATH="${PACKAGES_PATH-$PATH:$folders}"; command -v "$1") >/dev/null
}

missing() {
  for entry in $needed; do
    present "${entry%%:*}" || printf ' %s' "${entry#*:}"
  done
}

# Keeps maintainer scripts from starting services (see invoke-rc.d(8)) until this script ends. A policy of the machine's
# own stays as it is.
refuse_services() {
  policy=/usr/sbin/policy-rc.d
  [ ! -e "$policy" ] || return 0
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
}

# As root.
install_packages() {
  refuse_services
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2
  # shellcheck disable=SC2086 # a list of words
  apt-get install --yes -qq -o Dpkg::Use-Pty=0 --no-install-recommends $packages >&2
}

# Whether the person at the terminal agrees to what $1 says; without one, whoever lets sudo do without a password has.
agreed() {
  [ -t 0 ] || return 0
  printf '%s [y/N] ' "$1" >&2
  read -r answer || answer=
  case "$answer" in y | Y | yes | Yes) ;; *) return 1 ;; esac
}

# Gives up: $1 says what there is to do.
give_up() {
  printf 'make %s needs programs that are not there. %s\n' "$purpose" "$1" >&2
  exit 1
}

packages=$(missing)
[ -n "$packages" ] || exit 0

command -v apt-get >/dev/null || give_up "Install what holds the same on this system as these Debian packages:$packages"
if [ "$(id -u)" = 0 ]; then
  echo "installing Debian packages:$packages" >&2
  install_packages
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
  agreed "make $purpose needs Debian packages that are not there:$packages. Install them with sudo?" \
    || give_up "Install them as root: apt-get update && apt-get install --no-install-recommends$packages"
  echo "installing Debian packages with sudo:$packages" >&2
  sudo "$0" "$purpose"
else
  give_up "Install them as root: apt-get update && apt-get install --no-install-recommends$packages"
fi

packages=$(missing)
[ -z "$packages" ] || give_up "They are in these packages, which are installed, but not found in the usual folders:$packages"
