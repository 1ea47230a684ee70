# What all scripts have in common. They run in bash on a host, with the variables that Go code writes above them. An answer
# is a line "@KEY VALUE"; other lines, such as those of a login shell's profile, don't count. Values that can have line
# breaks are in base64.

say() { printf '@%s %s\n' "$1" "$2"; }

# fail KIND TEXT: why the host can't do what is asked of it.
fail() {
  say failed "$1 $2"
  exit 0
}

# exists PID: whether there is a process that is more than a zombie. Files of /proc have no size.
exists() { { IFS='' read -r -d '' _ <"/proc/$1/cmdline"; } 2>/dev/null; }

encoded() { base64 -w0; }

main_class_of() {
  case $1 in
    standalonesession) echo org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint ;;
    historyserver) echo org.apache.flink.runtime.webmonitor.history.HistoryServer ;;
    taskexecutor) echo org.apache.flink.runtime.taskexecutor.TaskManagerRunner ;;
    zookeeper) echo org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer ;;
  esac
}

# look PID: reads a process's command line into p_words; p_log, p_conf and p_id are taken from it.
look() {
  p_words=() p_log='' p_conf='' p_id='' p_class_path=''
  mapfile -d '' -t p_words 2>/dev/null <"/proc/$1/cmdline" || return 1
  ((${#p_words[@]} > 0)) || return 1
  local i
  for ((i = 0; i < ${#p_words[@]}; i++)); do
    case ${p_words[i]} in
      -Dlog.file=*) p_log=${p_words[i]#-Dlog.file=} ;;
      --configDir | -c) p_conf=${p_words[i + 1]} ;;
      --zkConfigFile) p_conf=${p_words[i + 1]%/*} ;;
      taskmanager.resource-id=*) p_id=${p_words[i]#taskmanager.resource-id=} ;;
      -classpath) p_class_path=${p_words[i + 1]} ;;
    esac
  done
}

# ours PID ROLE: whether it is a process of that role with this cluster's configuration folder.
ours() {
  look "$1" || return 1
  local word class
  class=$(main_class_of "$2")
  for word in "${p_words[@]}"; do
    if [[ $word == "$class" ]]; then
      [[ $(readlink -f "$p_conf") == "$(readlink -f "$conf")" ]]
      return
    fi
  done
  return 1
}

# find_ours ROLE: fills running with the processes of this cluster: those of the pid file in its order, then, also in lost,
# those that it has not. dead are the entries without a process, others those of processes that belong to something else.
find_ours() {
  running=() lost=() dead=() others=()
  local p file=$pid_dir/flink-$ident-$1.pid
  if [[ -f $file ]]; then
    while IFS='' read -r p || [[ -n $p ]]; do
      if [[ ! $p =~ ^[0-9]+$ ]] || ! exists "$p"; then
        dead+=("$p")
      elif ours "$p" "$1"; then
        running+=("$p")
      else
        others+=("$p")
      fi
    done <"$file"
  fi
  while IFS='' read -r p; do
    p=${p#/proc/} p=${p%/cmdline}
    [[ -O /proc/$p && " ${running[*]} " != *" $p "* ]] || continue
    if ours "$p" "$1"; then
      running+=("$p") lost+=("$p")
    fi
  done < <(grep -lsaF "$(main_class_of "$1")" /proc/[0-9]*/cmdline 2>/dev/null)
}

# lock_pid_dir takes the lock that Flink's own scripts take; it lasts until the script ends.
lock_pid_dir() {
  mkdir -p "$pid_dir" 2>/dev/null || fail folder "$(mkdir -p "$pid_dir" 2>&1)"
  if command -v flock >/dev/null 2>&1; then
    exec 200<"$pid_dir"
    flock -w 60 200 || fail lock "$pid_dir is locked by another start or stop for more than 60 s"
  fi
}

# write_pids FILE PID…: replaces the pid file at once, or removes it where nothing is left.
write_pids() {
  local file=$1
  shift
  if (($# == 0)); then
    rm -f "$file"
    return
  fi
  printf '%s\n' "$@" >"$file.yarnflink" && mv "$file.yarnflink" "$file"
}

# registered_as PID: the name under which a TaskManager registers; its log tells where its command line does not.
registered_as() {
  look "$1" || return
  if [[ -z $p_id && -f $p_log ]]; then
    p_id=$(grep -aom1 'ResourceID: [^ ]*' "$p_log" | cut -d' ' -f2)
  fi
}

# last_words FILE: the end of a log, without what is only decoration.
last_words() { [[ -f $1 ]] && tail -n 80 "$1" | tail -c 12000; }

# web_of LOG: where a JobManager listens, by its log: the last of its starts.
web_of() {
  local line=''
  if [[ -f $1 ]]; then line=$(grep -ao 'Web frontend listening at [^ ]*' "$1" | tail -n 1); fi
  line=${line##* }
  printf %s "${line%.}"
}

# marked PID: whether the words of mark stand in its command line, one after another; without a mark every process has it.
marked() {
  ((${#mark[@]} > 0)) || return 0
  look "$1" || return 1
  local i
  for ((i = 0; i < ${#p_words[@]} - 1; i++)); do
    if [[ ${p_words[i]} == "${mark[0]}" && ${p_words[i + 1]} == "${mark[1]}" ]]; then return 0; fi
  done
  return 1
}

# report_process KEY PID: what is known of a process.
report_process() {
  registered_as "$2"
  local version='' web='' i properties=()
  [[ $p_class_path =~ flink-dist[^/:]*\.jar ]] && version=${BASH_REMATCH[0]}
  for ((i = 0; i < ${#p_words[@]} - 1; i++)); do
    case ${p_words[i]} in
      -D) properties+=("${p_words[i + 1]}") ;;
      --webui-port | --host | --peerId) properties+=("${p_words[i]}=${p_words[i + 1]}") ;;
    esac
  done
  if [[ " ${p_words[*]} " == *" $(main_class_of standalonesession) "* ]]; then web=$(web_of "$p_log"); fi
  say "$1" "$2 $(ps -o etimes= -p "$2" 2>/dev/null | tr -d ' ') ${version:--} ${p_id:--} $(printf %s "$p_log" | encoded) $(printf '%s\0' "${properties[@]}" | encoded) ${web:--}"
}
