# The binaries and images that real nodes need, beside the control plane's, into a cache folder of their own.

# Out of this folder's module, with the requirements of the control plane's.
node_binaries=(
  "kubelet k8s.io/kubernetes/cmd/kubelet"
  "kube-proxy k8s.io/kubernetes/cmd/kube-proxy"
)

# Out of modules that are built as their authors build them: with their own requirements, which their checksum pins.
# Name, module, version, checksum, package.
foreign_binaries=(
  "containerd github.com/containerd/containerd/v2 v2.2.1 h1:TpyxcY4AL5A+07dxETevunVS5zxqzuq7ZqJXknM11yk= ./cmd/containerd"
  "containerd-shim-runc-v2 github.com/containerd/containerd/v2 v2.2.1 h1:TpyxcY4AL5A+07dxETevunVS5zxqzuq7ZqJXknM11yk= ./cmd/containerd-shim-runc-v2"
  "ctr github.com/containerd/containerd/v2 v2.2.1 h1:TpyxcY4AL5A+07dxETevunVS5zxqzuq7ZqJXknM11yk= ./cmd/ctr"
  "coredns github.com/coredns/coredns v1.12.4 h1:rIMnjPvB02drP18DTlJJb1vGkc8Tyl8fe7NFnnSv2lU= $here/nodes/images/dns.go"
)

pause_image=spira.local/pause:1
coredns_image=spira.local/coredns:1.12.4

# Prints the folder of binaries; another one as soon as anything that goes into them changes.
nodes_folder() {
  local key
  key=$(cat "$here"/nodes/{go.mod,go.sum} "$here"/nodes/images/* "$here/lib/nodes/build.sh" | sha256sum | cut -c1-12)
  printf '%s/nodes-%s\n' "$(cache_folder)" "$key"
}

build_nodes() {
  local folder
  folder=$(nodes_folder)
  [[ ! -e $folder/complete ]] || return 0
  mkdir -p "$folder/bin" "$folder/images"
  with_lock "$folder.lock" build_all_of_nodes "$folder"
}

build_all_of_nodes() {
  local folder=$1 bin=$1/bin entry
  go=$(find_go)
  say "cluster: building what a node runs, once; about 5 minutes on two cores"
  for entry in "${node_binaries[@]}"; do
    go_folder=$here/nodes build_one "$bin" "${entry%% *}" "${entry#* }"
  done
  for entry in "${foreign_binaries[@]}"; do
    # shellcheck disable=SC2086  # the columns of the table
    build_foreign "$bin" $entry
  done
  make_base_images "$folder"
  touch "$folder/complete"
}

# build_foreign BIN NAME MODULE VERSION CHECKSUM PACKAGE
build_foreign() {
  local go_folder
  [[ ! -x $1/$2 ]] || return 0
  go_folder=$(module_folder "$3" "$4" "$5")
  flags="-s -w -X $3/version.Version=$4" build_one "$1" "$2" "$6"
}

# module_folder MODULE VERSION CHECKSUM: fetched, and refused when it is not what it was.
module_folder() {
  local told
  told=$(cd / && GOTOOLCHAIN=local "$go" mod download -json "$1@$2") || die "$1@$2 cannot be fetched: $told"
  [[ $told == *"\"Sum\": \"$3\""* ]] || die "$1@$2 has another checksum than $3"
  sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' <<<"$told"
}

make_base_images() {
  local image=$here/nodes/images/image.py
  gcc -static -Os -s -o "$1/bin/pause" "$here/nodes/images/pause.c" || die "the pause program cannot be built"
  python3 "$image" "$pause_image" "$1/images/pause.tar" --user 65535 "$1/bin/pause=/pause"
  python3 "$image" "$coredns_image" "$1/images/coredns.tar" "$1/bin/coredns=/coredns"
}
