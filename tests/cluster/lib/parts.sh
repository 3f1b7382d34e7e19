# The processes of a cluster: how each is started, and how to see that it works.

admin_kubectl() { "$(binaries_folder)/kubectl" --kubeconfig "$dir/admin.kubeconfig" "$@"; }

# start_part PART: nothing when it runs already.
start_part() {
  ! running_pid "$1" >/dev/null || return 0
  "launch_${1//-/_}"
}

# etcd and the API server. The ports of a new folder are tried anew when another process was quicker to take one.
start_control_plane() {
  local tries=3
  if [[ -e $dir/settled ]]; then
    launch_control_plane
  else
    until (begin_anew && launch_control_plane); do
      stop_control_plane
      ((--tries)) && [[ ! $port ]] && grep -qs 'address already in use' "$dir"/{etcd,kube-apiserver}.log || exit 1
    done
    touch "$dir/settled"
  fi
}

# An `up` that was killed leaves parts at other ports, and an etcd that was killed at its start leaves data with which it
# never works.
begin_anew() {
  stop_control_plane
  rm -rf "$dir/etcd"
  choose_ports
}

launch_control_plane() {
  for name in admin kwok kube-controller-manager kube-scheduler; do write_certificate_kubeconfig "$name"; done
  start_part etcd
  start_part kube-apiserver
  wait_until 60 "the API server is ready" apiserver_is_ready
}

choose_ports() {
  printf '%s\n' "${port:-$(free_port)}" >"$dir/port"
  printf '%s %s\n' "$(free_port)" "$(free_port)" >"$dir/etcd-ports"
}

# Below the range that the system takes outgoing ports from, so that the API server finds its own free again after an
# outage.
free_port() {
  local candidate
  while candidate=$((20000 + RANDOM % 12000)) && (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null; do :; done
  printf '%s\n' "$candidate"
}

# The data is a test's: an fsync a write would only cost time.
launch_etcd() {
  local client peer
  read -r client peer <"$dir/etcd-ports"
  launch etcd "$(binaries_folder)/etcd" --data-dir "$dir/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls "http://127.0.0.1:$client" --advertise-client-urls "http://127.0.0.1:$client" \
    --listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
    --initial-cluster "default=http://127.0.0.1:$peer"
}

# Real nodes and their pods reach it over the bridge, and it reaches them; simulated ones are on loopback.
apiserver_address() { if has_real_nodes; then echo "$bridge_address"; else echo 127.0.0.1; fi; }

launch_kube_apiserver() {
  local client address pki=$dir/pki options=()
  address=$(apiserver_address)
  read -r client _ <"$dir/etcd-ports"
  if has_real_nodes; then
    options+=(--kubelet-preferred-address-types InternalIP --kubelet-certificate-authority "$pki/ca.crt"
      --kubelet-client-certificate "$pki/apiserver-to-kubelet.crt" --kubelet-client-key "$pki/apiserver-to-kubelet.key")
  else
    options+=(--endpoint-reconciler-type none)
  fi
  [[ ! $audit ]] || touch "$dir/audited"
  [[ ! -e $dir/audited ]] ||
    options+=(--audit-policy-file "$here/lib/audit-policy.yaml" --audit-log-path "$dir/audit.log")
  launch kube-apiserver "$(binaries_folder)/kube-apiserver" --etcd-servers "http://127.0.0.1:$client" \
    --bind-address "$address" --advertise-address "$address" --secure-port "$(<"$dir/port")" \
    --client-ca-file "$pki/ca.crt" \
    --tls-cert-file "$pki/kube-apiserver.crt" --tls-private-key-file "$pki/kube-apiserver.key" \
    --service-account-issuer https://kubernetes.default.svc.cluster.local \
    --service-account-key-file "$pki/service-account.pub" \
    --service-account-signing-key-file "$pki/service-account.key" \
    --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction \
    --service-cluster-ip-range 10.96.0.0/16 --allow-privileged "${options[@]}"
}

# Real nodes have their ranges of pod addresses from the start, by their number.
launch_kube_controller_manager() {
  local options=(--allocate-node-cidrs --cluster-cidr 10.244.0.0/16)
  ! has_real_nodes || options=()
  launch kube-controller-manager "$(binaries_folder)/kube-controller-manager" \
    --kubeconfig "$dir/kube-controller-manager.kubeconfig" --use-service-account-credentials \
    --leader-elect=false --secure-port 0 \
    --service-account-private-key-file "$dir/pki/service-account.key" --root-ca-file "$dir/pki/ca.crt" \
    "${options[@]}"
}

launch_kube_scheduler() {
  launch kube-scheduler "$(binaries_folder)/kube-scheduler" \
    --kubeconfig "$dir/kube-scheduler.kubeconfig" --leader-elect=false --secure-port 0
}

# The leases of a kwok that ended would keep its nodes from the next one until they expire. Without a node port kwok
# listens nowhere, so clusters do not meet.
launch_kwok() {
  admin_kubectl -n kube-node-lease delete leases --all >/dev/null
  launch kwok env KWOK_WORKDIR="$dir/kwok" "$(binaries_folder)/kwok" --kubeconfig "$dir/kwok.kubeconfig" \
    --enable-crds Stage --manage-all-nodes --node-port 0 --node-lease-duration-seconds 40
}

apiserver_is_ready() { admin_kubectl get --raw /readyz >/dev/null 2>&1; }

# Ready, and pods may come: the controller manager has taken the taints of new nodes away and made the default account.
nodes_are_ready() {
  local conditions fields='{.status.conditions[?(@.type=="Ready")].status}{.spec.taints[*].effect}{"\n"}'
  conditions=$(admin_kubectl get nodes -o "jsonpath={range .items[*]}$fields{end}" 2>/dev/null) &&
    [[ $(sort <<<"$conditions") == $'True\nTrue\nTrue\nTrueNoSchedule' ]] &&
    admin_kubectl get serviceaccount default >/dev/null 2>&1
}
