# Whether this machine allows real nodes: each thing that they need is done once, and undone.

# Exit code 77: it does not, or not now, for the reason that is told.
probe_real_nodes() {
  local reason
  reason=$( (refuse_without_means && refuse_taken_machine && refuse_small_machine && try_all_of_a_node && try_network) 2>&1) || {
    say "${reason:-cluster: the probe of real nodes says nothing}"
    exit 77
  }
}

refuse_taken_machine() {
  local other
  other=$(other_claim)
  [[ -z $other ]] || die "a cluster of real nodes runs already, and a machine has room for one: $other"
  ip link show "$bridge" >/dev/null 2>&1 || refuse_taken_ranges "$workers"
}

refuse_small_machine() {
  local available
  available=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
  ((available > 1500000)) || die "real nodes need 1.5 GB of memory, and $((available / 1000)) MB are free"
  [[ -r /dev/kmsg ]] || die "a kubelet reads /dev/kmsg, and this machine has none; is this a container?"
}

try_all_of_a_node() {
  local folder said status=0
  mkdir -p "$(dirname "$dir")"
  folder=$(mktemp -d "$(dirname "$dir")/probe.XXXXXX")
  make_cgroup probe
  said=$("$here/nodes/in_cgroup.sh" probe/node unshare --net --mount --pid --fork --kill-child --mount-proc \
    "$here/nodes/probe.sh" "$folder" 2>&1) || status=$?
  remove_probe "$folder"
  ((status == 0)) || die "this machine does not allow what real nodes need: $said"
}

remove_probe() {
  local hierarchy
  rm -rf "$1"
  while read -r hierarchy; do
    find "$hierarchy/$cgroup_name/probe" -depth -type d -exec rmdir {} + 2>/dev/null || true
    rmdir "$hierarchy/$cgroup_name" 2>/dev/null || true
  done < <(cgroup_hierarchies)
  [[ $(our_cgroups) ]] || take_controllers_back
}

# Whether two on a bridge reach the machine and each other: a firewall may forbid it, as that of Docker does.
try_network() {
  local first second
  unshare --net sleep 60 &
  first=$!
  unshare --net sleep 60 &
  second=$!
  # shellcheck disable=SC2064  # these two
  trap "kill $first $second; remove_probe_network" EXIT
  remove_probe_network
  { make_probe_bridge && plug_in "$first" probe-1 198.18.1.2 && plug_in "$second" probe-2 198.18.1.3; } ||
    die "this machine does not allow the network of real nodes"
  reaches "$first" $$ 198.18.1.1 || die "a firewall of this machine keeps nodes from reaching it"
  reaches "$first" "$second" 198.18.1.3 || die "a firewall of this machine keeps nodes from reaching each other"
}

make_probe_bridge() {
  ip link add spira-probe type bridge && ip address add 198.18.1.1/24 dev spira-probe && ip link set spira-probe up
}

remove_probe_network() {
  local link
  for link in probe-1 probe-2 spira-probe; do ip link delete "$link" 2>/dev/null || true; done
}

# plug_in PID CARD ADDRESS
plug_in() {
  until has_own_network "$1"; do sleep 0.05; done
  ip link add "$2" type veth peer name eth0 netns "$1" && ip link set "$2" master spira-probe up &&
    nsenter --target "$1" --net ip address add "$3/24" dev eth0 && nsenter --target "$1" --net ip link set eth0 up
}

# reaches PID OTHER ADDRESS: the network of one process that of the other.
reaches() {
  local server
  nsenter --target "$2" --net timeout 10 python3 -c "import socket; socket.create_server(('$3', 8099)).accept()" &
  server=$!
  nsenter --target "$1" --net timeout 8 bash -c "until (exec 3<>/dev/tcp/$3/8099) 2>/dev/null; do sleep 0.1; done" || {
    kill "$server"
    return 1
  }
}
