#!/bin/sh
# Starts Slurm on both hosts of two_hosts.sh, and runs a command on the first of them:
# two_hosts.sh FOLDER slurm.sh FOLDER COMMAND...
set -e
folder=$1
shift
cat >"$folder/slurm.conf" <<EOF
ClusterName=gspace
SlurmctldHost=host-a
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/own/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
TmpFS=$folder/own
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd-%n.log
SlurmdParameters=config_overrides
SchedulerParameters=sched_min_interval=0
NodeName=host-a,host-b CPUs=32
KillWait=10
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE
EOF
echo CgroupPlugin=cgroup/v1 >"$folder/cgroup.conf"
head -c 64 /dev/urandom >"$folder/key"
mkdir -p "$folder/state" "$folder/own"
export SLURM_CONF="$folder/slurm.conf"
# Debian's Slurm loads PMIx by a name that only the package libpmix-dev has, with its 11 dependencies.
pmix=/usr/lib/x86_64-linux-gnu/pmix2/lib
if [ -e $pmix/libpmix.so.2 ] && [ ! -e $pmix/libpmix.so ]; then
  cp -a $pmix "$folder/pmix"
  ln -s libpmix.so.2 "$folder/pmix/libpmix.so"
fi
# Each host has its own munged, and a folder in memory for it. The daemons want control groups, which
# a container does not have, but use none of them.
cat >"$folder/start-host" <<EOF
set -e
export SLURM_CONF=$SLURM_CONF
[ ! -e $folder/pmix ] || mount --bind $folder/pmix $pmix
mount -t tmpfs tmpfs $folder/own
mount -t tmpfs tmpfs /sys/fs/cgroup
mkdir $folder/spool-\$(hostname)
cd $folder/own
cp ../key key
chmod 400 key
munged --force --key-file=\$PWD/key --log-file=\$PWD/log --pid-file=\$PWD/munged.pid \
  --seed-file=\$PWD/seed --socket=\$PWD/munge
[ \$(hostname) = host-b ] || slurmctld
slurmd
EOF
end() {
  for pid in "$folder/slurmctld.pid" "$folder/slurmd-host-a.pid" "$folder/own/munged.pid"; do
    [ ! -e "$pid" ] || kill "$(cat "$pid")"
  done
}
trap end EXIT
sh "$folder/start-host" 1>&2
# shellcheck disable=SC2029 # the folder is the same there
ssh host-b sh "$folder/start-host" 1>&2
tries=0
until [ "$(sinfo --noheader --states=idle --format=%D)" = 2 ]; do
  tries=$((tries + 1))
  if [ $tries -gt 100 ]; then
    echo "Slurm does not see two idle hosts after 10 s" >&2
    cat "$folder"/*.log >&2
    exit 1
  fi
  sleep 0.1
done
"$@"
