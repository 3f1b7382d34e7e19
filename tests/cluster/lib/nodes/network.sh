# The wire between the nodes: a bridge on this machine, which the API server listens on. Names and addresses are fixed, so
# there is one cluster of real nodes on a machine, and what is left of one is found by name.

bridge=spira0
bridge_address=198.18.0.1

node_name() { (($1 == 1)) && echo spira-worker || echo "spira-worker$1"; }
node_address() { echo "198.18.0.$((10 + $1))"; }
pod_range() { echo "10.244.$1.0/24"; }
host_end() { echo "spira-node$1"; }

# make_bridge NODES: with routes to the pods of each node.
make_bridge() {
  local node
  if ! ip link show "$bridge" >/dev/null 2>&1; then
    refuse_taken_ranges "$1"
    ip link add "$bridge" type bridge
    ip address add "$bridge_address/24" dev "$bridge"
  fi
  ip link set "$bridge" up
  for ((node = 1; node <= $1; node++)); do
    ip route replace "$(pod_range "$node")" via "$(node_address "$node")" dev "$bridge" src "$bridge_address"
  done
}

refuse_taken_ranges() {
  local node taken
  taken=$(ip route show root 198.18.0.0/24)
  for ((node = 1; node <= $1; node++)); do taken+=$(ip route show root "$(pod_range "$node")" | grep -v '^default' || true); done
  [[ -z $taken ]] || die "addresses that the nodes need are in use on this machine: $taken"
}

is_connected() { ip link show "$(host_end "$1")" >/dev/null 2>&1; }

# connect_node NODE PID: a cable from the bridge into the network namespace of the process.
connect_node() {
  ip link delete "$(host_end "$1")" 2>/dev/null || true
  ip link add "$(host_end "$1")" type veth peer name eth0 netns "$2"
  ip link set "$(host_end "$1")" master "$bridge" up
}

# The host's end of a cable goes with the namespace that the other end is in; a moment later, when it was killed.
remove_network() {
  local link
  for link in $(ip -o link show | sed -n 's/^[0-9]*: \(spira-node[0-9]*\)@.*/\1/p'); do
    ip link delete "$link" 2>/dev/null || true
  done
  ! ip link show "$bridge" >/dev/null 2>&1 || ip link delete "$bridge"
}
