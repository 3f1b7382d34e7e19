# Images of what the environments run, where its source is to be had: under the names that sources/ gives them, so that the
# manifests stay as they are.

workload_binaries=(
  "nats-server github.com/nats-io/nats-server/v2 v2.14.2 h1:Q7dRhCY03Y00rETFW3KV+KGaCIajlDfWgWUVgbMxyuk= ."
  "prometheus-nats-exporter github.com/nats-io/prometheus-nats-exporter v0.20.1 h1:crCK8wjL0CQSqaUS+gkZlIRRIhYByNRofmH+9J1Xvso= ."
)

# The stubs of the SPIRA servers, which stand in for what runs as `python3 main.py` in their images.
slice=$here/../real/slice

workloads_folder() {
  local key
  key=$(cat "$here/go.mod" "$here/lib/nodes/workloads.sh" "$here"/nodes/images/image.py "$here/nodes/python_files.py" "$slice"/go.* "$slice"/*/*.go |
    sha256sum | cut -c1-12)
  printf '%s/workloads-%s\n' "$(cache_folder)" "$key"
}

build_workloads() {
  local folder
  folder=$(workloads_folder)
  [[ ! -e $folder/complete ]] || return 0
  build_binaries
  mkdir -p "$folder/bin" "$folder/images"
  with_lock "$folder.lock" build_all_workloads "$folder"
}

build_all_workloads() {
  local bin=$1/bin entry
  go=$(find_go)
  for entry in "${workload_binaries[@]}"; do
    # shellcheck disable=SC2086  # the columns of the table
    build_foreign "$bin" $entry
  done
  for entry in api inference; do go_folder=$slice build_one "$bin" "$entry" "./$entry"; done
  cp "$(command -v busybox)" "$bin/sh" || die "images with a shell need busybox (Debian: busybox-static)"
  make_workload_images "$1/images"
  touch "$1/complete"
}

# make_workload_images FOLDER
make_workload_images() {
  make_image nats docker.io/library/nats:2.14.2-alpine "$bin/nats-server=/bin/nats-server"
  make_image exporter docker.io/natsio/prometheus-nats-exporter:0.20.1 \
    "$bin/prometheus-nats-exporter=/bin/prometheus-nats-exporter"
  make_image nats-box docker.io/natsio/nats-box:0.19.7 "$bin/sh=/bin/sh" "$bin/sh=/bin/sleep"
  # Their probes are a grep.
  make_image spira-api docker.io/uspcodelab/spira-api:stub "$bin/api=/bin/python3" "$bin/sh=/bin/grep"
  make_image spira-model-server docker.io/uspcodelab/spira-model-server:stub "$bin/inference=/bin/python3" "$bin/sh=/bin/grep"
  make_image etcd spira.local/etcd:1 "$(binaries_folder)/etcd=/bin/etcd"
  make_python_image
}

# make_image NAME IMAGE SOURCE=PATH...
make_image() { python3 "$here/nodes/images/image.py" "$2" "$folder/images/$1.tar" "${@:3}"; }

# This machine's own, whichever it is, under the name that sources/ asks for.
make_python_image() {
  local files
  mapfile -t files < <(/usr/bin/python3 "$here/nodes/python_files.py")
  make_image python docker.io/library/python:3.12.8-alpine3.21 "${files[@]}" "$bin/sh=/bin/sh" "$bin/sh=/bin/mkdir" "$bin/sh=/bin/rm"
}
