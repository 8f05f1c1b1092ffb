#!/bin/sh
# Runs a command on the first of two simulated hosts: two_hosts.sh FOLDER COMMAND...
# The hosts share the disk, and have their own network, name, and shared memory; the second one also has
# its own processes. Needs root.
# There, `ssh` is a program that starts commands on both: ssh [-OPTION]... HOST COMMAND...
set -e
folder=$1
shift
id=$$
end() {
  for host in a b; do
    [ -e "$folder/$host.pid" ] && kill -9 "$(cat "$folder/$host.pid")" || true
    ip netns del "gspace$id$host" || true
  done
}
trap end EXIT
for host in a b; do ip netns add "gspace$id$host"; done
ip -n "gspace${id}a" link add port type veth peer name port netns "gspace${id}b"
ip -n "gspace${id}a" addr add 10.97.0.1/24 dev port
ip -n "gspace${id}b" addr add 10.97.0.2/24 dev port
printf '127.0.0.1 localhost\n10.97.0.1 host-a\n10.97.0.2 host-b\n' >"$folder/hosts"
for host in a b; do
  ip -n "gspace$id$host" link set lo up
  ip -n "gspace$id$host" link set port up
  [ $host = b ] && own="--pid --mount-proc" || own=""
  # shellcheck disable=SC2086
  ip netns exec "gspace$id$host" unshare --uts --ipc --mount $own --fork sh -c "
    hostname host-$host
    mount -t tmpfs tmpfs /dev/shm
    mount --bind '$folder/hosts' /etc/hosts
    touch '$folder/$host.ready'
    exec sleep 600
  " 2>/dev/null &
  while [ ! -e "$folder/$host.ready" ]; do sleep 0.05; done
  pgrep -P $! >"$folder/$host.pid"
done
# A new interface is reported as running up to a second after it transmits. Until then, MPICH does not
# use it, and ends with "Destination is unreachable".
tries=0
for host in a b; do
  until ip -n "gspace$id$host" link show port | grep -q 'state UP'; do
    tries=$((tries + 1))
    if [ $tries -gt 200 ]; then
      echo "the interface of host $host is not running after 10 s" >&2
      exit 1
    fi
    sleep 0.05
  done
done
cat >"$folder/ssh" <<EOF
#!/bin/sh
while [ "\${1#-}" != "\$1" ]; do shift; done
host=\${1#host-}
shift
exec nsenter -t \$(cat "$folder/\$host.pid") -m -u -i -n -p sh -c "cd '$PWD' && \$*"
EOF
chmod +x "$folder/ssh"
export PATH="$folder:$PATH"
nsenter -t "$(cat "$folder/a.pid")" -m -u -i -n -p -- env -C "$PWD" "$@"
