# One cgroup above all that a cluster of real nodes runs, in every hierarchy of the machine: what is in it is ours, whoever
# was killed before he could write down a process id.

cgroup_name=spira-nodes
# Which controllers the machine passes on because of us: a line each, of the hierarchy and the controller. Gone with a
# reboot, as they are.
passed_on_file=/run/spira-nodes.controllers

# Prints the folder of each hierarchy: one under cgroup v2; one a controller, and the unified one, under v1.
cgroup_hierarchies() {
  if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
    echo /sys/fs/cgroup
  else
    realpath /sys/fs/cgroup/*/ | sort -u
  fi
}

# make_cgroup NAME: below ours, in every hierarchy, with every controller.
make_cgroup() {
  local hierarchy folder
  while read -r hierarchy; do
    folder=$hierarchy/$cgroup_name
    mkdir -p "$folder"
    # v1: a new cpuset is empty, and takes no process, unless it is a copy of the one above.
    inherit_cpuset "$hierarchy" "$folder"
    mkdir -p "$folder/$1"
    pass_controllers_on "$hierarchy" "$folder" "$folder/$1"
  done < <(cgroup_hierarchies)
}

inherit_cpuset() {
  local file
  [[ -e $2/cgroup.clone_children && -e $2/cpuset.cpus ]] || return 0
  echo 1 >"$2/cgroup.clone_children"
  for file in cpuset.mems cpuset.cpus; do cat "$1/$file" >"$2/$file"; done
}

# v2: a controller is there when the folder above passes it on.
pass_controllers_on() {
  local folder controller
  for folder in "$@"; do
    [[ -e $folder/cgroup.subtree_control ]] || return 0
    for controller in $(<"$folder/cgroup.controllers"); do
      grep -qw "$controller" "$folder/cgroup.subtree_control" || pass_on "$folder" "$controller"
    done
  done
}

# pass_on FOLDER CONTROLLER: of a folder that stays when ours are gone, noted first.
pass_on() {
  [[ $1 == */"$cgroup_name"* ]] || printf '%s %s\n' "$1" "$2" >>"$passed_on_file"
  echo "+$2" >"$1/cgroup.subtree_control" 2>/dev/null || true
}

# Once our cgroups are gone. The kernel leaves those that others have passed further on since.
take_controllers_back() {
  local hierarchy controller
  [[ -e $passed_on_file ]] || return 0
  while read -r hierarchy controller; do
    echo "-$controller" >"$hierarchy/cgroup.subtree_control" 2>/dev/null || true
  done <"$passed_on_file"
  rm -f "$passed_on_file"
}

# join_cgroup NAME: the calling process, and all that it will start.
join_cgroup() {
  local hierarchy
  while read -r hierarchy; do
    mkdir -p "$hierarchy/$cgroup_name/$1"
    echo $$ >"$hierarchy/$cgroup_name/$1/cgroup.procs"
  done < <(cgroup_hierarchies)
}

our_cgroups() {
  local hierarchy
  while read -r hierarchy; do
    [[ ! -d $hierarchy/$cgroup_name ]] || printf '%s\n' "$hierarchy/$cgroup_name"
  done < <(cgroup_hierarchies)
}

# Kills all that is in them, and removes them.
empty_cgroups() {
  local tries=0 pids
  while pids=$(our_processes) && [[ $pids ]]; do
    ((tries++ < 100)) || die "processes that do not end: $pids"
    # shellcheck disable=SC2086  # a list of numbers
    kill -KILL $pids 2>/dev/null || true
    sleep 0.05
  done
  until remove_cgroups; do
    ((tries++ < 200)) || die "cgroups that stay: $(our_cgroups)"
    sleep 0.05
  done
  take_controllers_back
}

our_processes() {
  local folder
  for folder in $(our_cgroups); do find "$folder" -name cgroup.procs -exec cat {} + 2>/dev/null || true; done | sort -un
}

remove_cgroups() {
  local folder
  for folder in $(our_cgroups); do find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || true; done
  [[ -z $(our_cgroups) ]]
}
