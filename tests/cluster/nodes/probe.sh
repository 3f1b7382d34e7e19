#!/usr/bin/env bash
# probe.sh FOLDER: does once what a node does all the time, in namespaces of its own that end with it; FOLDER is on the file
# system that the nodes would be on. Says which thing this machine does not allow.
set -euo pipefail
folder=$1

# needs WHAT COMMAND...
needs() {
  local said
  said=$("${@:2}" 2>&1) || { printf '%s: %s\n' "$1" "${said##*$'\n'}" && exit 1; }
}

mount_overlay() {
  mkdir -p image/bin upper work root
  cp "$(command -v busybox)" image/bin/sh
  mount -t overlay overlay -o lowerdir=image,upperdir=upper,workdir=work root
}

# What kube-proxy uses in its mode nftables.
make_rules() {
  nft add table ip probe
  nft add chain ip probe nat '{ type nat hook postrouting priority 100; }'
  nft add map ip probe services '{ type ipv4_addr . inet_proto . inet_service : verdict; }'
  nft add rule ip probe nat ip daddr . meta l4proto . th dport vmap @services
  nft add rule ip probe nat numgen random mod 2 vmap '{ 0 : accept, 1 : accept }'
  nft add rule ip probe nat masquerade
}

write_container() {
  runc spec
  python3 - <<'PYTHON'
import json
with open("config.json", encoding="utf-8") as file:
    spec = json.load(file)
spec["process"].update({"terminal": False, "args": ["sh", "-c", "exit 0"]})
spec["root"]["path"] = "root"
spec["linux"]["cgroupsPath"] = "/spira-nodes/probe/container"
spec["linux"]["resources"].update({"memory": {"limit": 2**26}, "cpu": {"shares": 2}, "pids": {"limit": 100}})
with open("config.json", "w", encoding="utf-8") as file:
    json.dump(spec, file)
PYTHON
}

run_container() {
  write_container
  runc --root "$folder/state" run probe
}

cd "$folder"
needs "mounts of one's own" mount --make-rprivate /
needs "a tmpfs" mount -t tmpfs probe /run
needs "an overlay file system in $folder" mount_overlay
needs "settings of the network" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
needs "mounts over kernel settings" mount --bind /dev/null /proc/sys/kernel/panic
needs "a bridge" ip link add probe0 type bridge
needs "a pair of virtual network cards" ip link add probe1 type veth peer name probe2
needs "nftables as kube-proxy has it" make_rules
needs "a container" run_container
