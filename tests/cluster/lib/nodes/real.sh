# Real nodes beside the control plane: each a network, mount and process namespace of this machine in which containerd,
# kubelet and kube-proxy run real containers. Needs Linux and root, no container engine and no registry.

source "$here/lib/nodes/cgroups.sh"
source "$here/lib/nodes/network.sh"
source "$here/lib/nodes/build.sh"
source "$here/lib/nodes/configuration.sh"
source "$here/lib/nodes/probe.sh"

workers=3
real_programs=(ip nsenter unshare runc nft gcc openssl)
# The debris of a cluster is found by name, so the folder that it belongs to is remembered for the machine.
claim_file=/run/spira-nodes

has_real_nodes() { [[ -e $dir/real ]]; }

refuse_without_means() {
  local program lacking=""
  [[ $(uname -s) == Linux ]] || die "real nodes need Linux; this is $(uname -s). --nodes kind works where Docker and kind do"
  ((EUID == 0)) || die "real nodes need root: they are namespaces and cgroups of this machine"
  for program in "${real_programs[@]}"; do command -v "$program" >/dev/null || lacking+=" $program"; done
  [[ -z $lacking ]] || die "real nodes need programs that are not here:$lacking (Debian: runc, nftables, iproute2)"
  cni_plugins >/dev/null || die "real nodes need the CNI plugins (Debian: containernetworking-plugins)"
  unshare --net --mount --pid --fork true 2>/dev/null || die "this system lets root make no namespaces; is this a container?"
  [[ -w $(cgroup_hierarchies | head -n 1) ]] || die "the cgroups of this machine cannot be written to (/sys/fs/cgroup)"
}

cni_plugins() {
  local folder
  for folder in /usr/lib/cni /usr/libexec/cni /opt/cni/bin; do
    [[ ! -x $folder/bridge ]] || { printf '%s\n' "$folder" && return; }
  done
  return 1
}

# Prints the folder of the other cluster that the machine's nodes belong to; nothing when they are ours or nobody's.
other_claim() {
  local other
  other=$(cat "$claim_file" 2>/dev/null || true)
  [[ $other == "$dir" || -z $(our_cgroups) ]] || printf '%s\n' "$other"
}

claim_machine() {
  local other
  other=$(other_claim)
  [[ -z $other ]] ||
    die "a cluster of real nodes runs already, and a machine has room for one: $other (end it: cluster.sh down --dir $other)"
  printf '%s\n' "$dir" >"$claim_file"
}

prepare_real_nodes() {
  build_nodes
  claim_machine
  touch "$dir/real"
  make_cgroup control-plane
  launcher=("$here/nodes/in_cgroup.sh" control-plane/parts)
  make_bridge "$workers"
}

start_real_nodes() {
  local node began started_nodes=()
  began=$(date -u +%Y-%m-%dT%H:%M:%S)
  start_part kube-controller-manager
  start_part kube-scheduler
  make_node_certificates
  share_images
  say "cluster: starting $workers nodes"
  for ((node = 1; node <= workers; node++)); do start_node "$node"; done
  admin_kubectl apply --server-side --force-conflicts -f "$here/nodes/objects" >"$dir/objects.log" 2>&1 ||
    die "cannot create DNS: $(<"$dir/objects.log")"
  wait_until 120 "the nodes are Ready" real_nodes_are_ready
  say "cluster: waiting for DNS"
  wait_until 120 "DNS answers" dns_is_ready
}

make_node_certificates() {
  local node
  for ((node = 1; node <= workers; node++)); do
    [[ -e $dir/pki/kubelet-$node.crt ]] ||
      make_certificate "kubelet-$node" "/O=system:nodes/CN=system:node:$(node_name "$node")" "clientAuth,serverAuth" \
        "IP:$(node_address "$node"),DNS:$(node_name "$node")"
  done
  [[ -e $dir/pki/kube-proxy.crt ]] || make_certificate kube-proxy /CN=system:kube-proxy clientAuth
  write_certificate_kubeconfig kube-proxy
  [[ -e $dir/resolv.conf ]] || echo "options ndots:1" >"$dir/resolv.conf"
}

# Where the nodes take them from at their start; `load` adds to them.
share_images() {
  mkdir -p "$dir/images"
  cp --update "$(nodes_folder)"/images/*.tar "$dir/images/"
}

# Also one that was launched by an `up` that was killed before it had connected it.
start_node() {
  local name pid
  name=$(node_name "$1")
  if ! running_pid "$name" >/dev/null; then
    prepare_node "$1" "$name" "$dir/$name"
    started_nodes+=("$name")
  elif is_connected "$1"; then
    return
  fi
  pid=$(running_pid "$name") || die "$name did not start: $(tail -n 5 "$dir/$name.log")"
  wait_until 10 "$name has a network of its own" has_own_network "$pid"
  connect_node "$1" "$pid"
}

# prepare_node NODE NAME FOLDER
prepare_node() {
  local launcher
  mkdir -p "$3"
  write_certificate_kubeconfig "kubelet-$1"
  mv "$dir/kubelet-$1.kubeconfig" "$3/kubelet.kubeconfig"
  write_node_configuration "$1" "$3"
  make_cgroup "$2"
  launcher=("$here/nodes/in_cgroup.sh" "$2/node")
  launch_node "$2" "$1" "$3"
}

launch_node() {
  launch "$1" env --chdir "$3" BIN="$(nodes_folder)/bin" PATH="$(nodes_folder)/bin:$PATH" \
    unshare --net --mount --pid --fork --kill-child --mount-proc "$here/nodes/node.sh" "$1" "$2" "$workers"
}

has_own_network() { [[ $(readlink "/proc/$1/ns/net") != "$(readlink /proc/self/ns/net)" ]]; }

# A node that was started now has said so since: what is stored of it may be of its last run.
real_nodes_are_ready() {
  local ready name renewed fields='{.status.conditions[?(@.type=="Ready")].status}{.spec.taints[*].effect}{"\n"}'
  for name in "${started_nodes[@]}"; do
    renewed=$(admin_kubectl -n kube-node-lease get lease "$name" -o 'jsonpath={.spec.renewTime}' 2>/dev/null) &&
      [[ $renewed > $began ]] || return
  done
  ready=$(admin_kubectl get nodes -o "jsonpath={range .items[*]}$fields{end}" 2>/dev/null) &&
    [[ $(grep -cx True <<<"$ready") == "$workers" ]] && admin_kubectl get serviceaccount default >/dev/null 2>&1
}

dns_is_ready() {
  [[ $(admin_kubectl -n kube-system get deployment coredns -o 'jsonpath={.status.readyReplicas}' 2>/dev/null) == 1 ]]
}

# Ends everything, in whatever state it was left: what was not written down is found by its cgroup and its name, unless
# another cluster has the machine since.
end_real_nodes() {
  local node
  [[ -z $(other_claim) ]] || return 0
  for node in "$dir"/spira-worker*.pid; do
    [[ ! -e $node ]] || stop_part "$(basename "$node" .pid)" 0
  done
  stop_control_plane
  empty_cgroups
  remove_network
  rm -f "$dir"/*.pid "$claim_file"
}

# load_on_real_nodes ARCHIVE: now, and whenever a node starts.
load_on_real_nodes() {
  local node name=${1##*/}
  [[ -e $1 ]] || die "no such archive: $1"
  cp "$1" "$dir/images/.$name" && mv "$dir/images/.$name" "$dir/images/$name"
  for node in "$dir"/spira-worker*/; do
    "$(nodes_folder)/bin/ctr" --address "$node/containerd.sock" -n k8s.io images import "$1" >/dev/null ||
      die "$(basename "$node") does not take the image $1"
  done
}
