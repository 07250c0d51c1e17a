#!/bin/sh
# Runs HAProxy with what the node agent beside it has written to EDGE_DIRECTORY, and stops it in order. What it refuses to start
# with, the agent writes again; whoever runs this starts it again soon after it ends.
set -eu

directory=${EDGE_DIRECTORY:?set the directory that HAProxy and its agent share}
# Seconds that load balancers need to see that this edge is to get no more connections: two checks of five seconds each.
notice=${EDGE_NOTICE_SECONDS:-12}

refuse() {
  echo "edge: $1" >&2
  exit 1
}

# Whether a map is as it was written (services/node-agent/haproxy/map-file.ts). HAProxy takes half a map for a smaller one.
is_intact() {
  digest=$(head -n -1 "$1" | sha256sum)
  [ "$(tail -n 1 "$1")" = "# sha256 ${digest%% *}" ]
}

# Says something to the runtime API. Perl is part of every Debian.
say() {
  timeout 5 perl -MIO::Socket::UNIX -e \
    'my $s = IO::Socket::UNIX->new(Peer => shift) or die "$!\n"; print $s shift, "\n"; $s->shutdown(1); <$s>' \
    "$directory/runtime.sock" "$1"
}

[ -e "$directory/haproxy.cfg" ] || refuse "there is no configuration yet; the node agent writes it"
for map in tombstones.base tombstones.recent domains.base domains.recent; do
  is_intact "$directory/maps/$map.map" || refuse "$directory/maps/$map.map is not as it was written"
done

haproxy -W -db -S "$directory/master.sock" -f "$directory/haproxy.cfg" &
haproxy=$!

# First the load balancers are told, while connections are still taken; then requests under way get the time that the configuration
# gives them (hard-stop-after).
stop() {
  trap '' TERM INT USR1
  say "experimental-mode on; set var proc.stopping int(1)" || true
  sleep "$notice" &
  wait $! || true
  kill -USR1 "$haproxy" 2>/dev/null || true
}
trap stop TERM INT USR1

# A signal ends a wait; HAProxy may go on for a while after it.
while kill -0 "$haproxy" 2>/dev/null; do
  wait "$haproxy" && status=0 || status=$?
done
exit "${status:-1}"
