#!/usr/bin/env bash
# node.sh NAME NODE NODES: the first process of a real node, in network, mount and process namespaces of its own: when it
# ends, the kernel ends all that the node runs and takes its mounts and its network away.
#
# Works in the current folder, the node's, which holds containerd.toml and kubelet.yaml. $BIN has the binaries.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/../lib/nodes/network.sh"
name=$1 node=$2 nodes=$3

wait_for() {
  until "$@" >/dev/null 2>&1; do sleep 0.05; done
}

set_up_network() {
  local other
  wait_for ip link show eth0
  ip link set lo up
  ip address add "$(node_address "$node")/24" dev eth0
  ip link set eth0 up
  ip route add default via "$bridge_address"
  for ((other = 1; other <= nodes; other++)); do
    ((other == node)) || ip route add "$(pod_range "$other")" via "$(node_address "$other")"
  done
  echo 1 >/proc/sys/net/ipv4/ip_forward
}

# Where programs of nodes write whatever they are told: of the machine's folders nothing is changed.
hide_machine() {
  local folder
  mount --make-rshared /
  for folder in /run /var/lib /var/log; do
    [[ $PWD/ == "$folder"/* ]] || mount -t tmpfs -o mode=755 node "$folder"
  done
}

# A kubelet would set these for the whole machine; here it finds them set.
kubelet_settings=(
  vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000
)

hide_settings() {
  local setting file
  mkdir -p settings
  for setting in "${kubelet_settings[@]}"; do
    file=settings/$(basename "${setting%=*}")
    echo "${setting#*=}" >"$file"
    mount --bind "$file" "/proc/sys/${setting%=*}"
  done
}

# What a reboot clears: containers that ran, their networks and mounts.
forget_last_run() { rm -rf state network containerd.sock; }

start_containerd() {
  "$BIN/containerd" --config containerd.toml >>containerd.log 2>&1 &
  wait_for "$BIN/ctr" --address "$PWD/containerd.sock" version
}

import_images() {
  local archive
  for archive in ../images/*.tar; do
    [[ imported -nt $archive ]] || "$BIN/ctr" --address "$PWD/containerd.sock" -n k8s.io images import "$archive" >>import.log
  done
  touch imported
}

start_kubelet() {
  "$BIN/kubelet" --config kubelet.yaml --kubeconfig "kubelet.kubeconfig" --root-dir "$PWD/kubelet" \
    --cert-dir "$PWD/kubelet-pki" --hostname-override "$name" --node-ip "$(node_address "$node")" >>kubelet.log 2>&1 &
}

# The machine's connection tracking is not ours to configure.
start_kube_proxy() {
  "$BIN/kube-proxy" --kubeconfig ../kube-proxy.kubeconfig --hostname-override "$name" --proxy-mode nftables \
    --cluster-cidr 10.244.0.0/16 --conntrack-max-per-core 0 >>kube-proxy.log 2>&1 &
}

hide_machine
hide_settings
set_up_network
forget_last_run
start_containerd
import_images
start_kubelet
start_kube_proxy
# One of them gone is a node gone: better than half a node.
wait -n
