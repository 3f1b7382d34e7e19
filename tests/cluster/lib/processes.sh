# Long-running processes by pid file. A pid file holds the pid and the start time of the process, so that a pid which
# the system has given to another process since is never signalled.

# Prints the start time of a process in clock ticks since boot; fails when there is none.
start_time() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # The second field is the command in parentheses and may hold blanks; the start time is the 20th after it.
  read -ra stat <<<"${stat##*) }"
  [[ ${stat[0]} != Z ]] && printf '%s\n' "${stat[19]}"
}

# Prints the pid of a part that runs; fails when it does not.
running_pid() {
  local pid started
  read -r pid started 2>/dev/null <"$dir/$1.pid" || return 1
  [[ $(start_time "$pid") == "$started" ]] && printf '%s\n' "$pid"
}

# What starts the parts in its own way, when there is such; the command follows.
launcher=()

# launch PART COMMAND...: in a session of its own, so that Ctrl-C in the terminal does not reach it.
launch() {
  local part=$1 pid
  shift
  setsid "${launcher[@]}" "$@" </dev/null >>"$dir/$part.log" 2>&1 9>&- &
  pid=$!
  printf '%s %s\n' "$pid" "$(start_time "$pid")" >"$dir/$part.pid"
}

# stop_part PART [PATIENCE]: asks a part to end, and makes it after so many tenths of a second. Returns when it is gone.
stop_part() {
  local part=$1 patience=${2:-50} pid tries=0
  if pid=$(running_pid "$part"); then
    kill -TERM "$pid" 2>/dev/null || true
    while running_pid "$part" >/dev/null; do
      ((tries++ != patience)) || kill -KILL "$pid" 2>/dev/null || true
      sleep 0.1
    done
  fi
  rm -f "$dir/$part.pid"
}

# A part whose pid file is there and whose process is not has died by itself.
refuse_dead_parts() {
  local file part
  for file in "$dir"/*.pid; do
    part=$(basename "$file" .pid)
    [[ ! -e $file ]] || running_pid "$part" >/dev/null || die "$part has ended: $(tail -n 5 "$dir/$part.log")"
  done
}

# After a crash or a reboot: what is not there is to be started, and no surprise.
forget_dead_parts() {
  local file
  for file in "$dir"/*.pid; do
    running_pid "$(basename "$file" .pid)" >/dev/null || rm -f "$file"
  done
}
