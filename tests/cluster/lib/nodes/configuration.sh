# What containerd and kubelet of a node are told.

# write_node_configuration NODE FOLDER
write_node_configuration() {
  write_containerd_configuration "$2" >"$2/containerd.toml"
  mkdir -p "$2/cni"
  write_pod_network "$1" "$2" >"$2/cni/10-pods.conflist"
  write_kubelet_configuration "$1" "$2" >"$2/kubelet.yaml"
}

# Without CAP_SYS_RESOURCE nobody's OOM score can be lowered.
write_containerd_configuration() {
  cat <<TOML
version = 3
root = "$1/containerd"
state = "$1/state"
disabled_plugins = ["io.containerd.nri.v1.nri"]
[grpc]
  address = "$1/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$1/opt"
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "$pause_image"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
    BinaryName = "$(command -v runc)"
    SystemdCgroup = false
[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["$(cni_plugins)"]
  conf_dir = "$1/cni"
TOML
}

write_pod_network() {
  cat <<JSON
{
  "cniVersion": "1.0.0",
  "name": "pods",
  "plugins": [
    {
      "type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true, "ipMasq": false,
      "ipam": {
        "type": "host-local", "dataDir": "$2/network",
        "ranges": [[{"subnet": "$(pod_range "$1")"}]], "routes": [{"dst": "0.0.0.0/0"}]
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
JSON
}

# Several kubelets share a machine: each has a root of cgroups of its own, and evicts nobody for the machine's full disk.
write_kubelet_configuration() {
  cat <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: $dir/pki/ca.crt}
authorization: {mode: Webhook}
tlsCertFile: $dir/pki/kubelet-$1.crt
tlsPrivateKeyFile: $dir/pki/kubelet-$1.key
containerRuntimeEndpoint: unix://$2/containerd.sock
podLogsDir: $2/logs
cgroupDriver: cgroupfs
cgroupRoot: /$cgroup_name/$(node_name "$1")
failCgroupV1: false
failSwapOn: false
enforceNodeAllocatable: []
evictionHard: {nodefs.available: 1%, imagefs.available: 1%, memory.available: 100Mi}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local
resolvConf: $dir/resolv.conf
serializeImagePulls: false
shutdownGracePeriod: 0s
YAML
}
