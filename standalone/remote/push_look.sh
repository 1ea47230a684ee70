# What a host has of a distribution and its configuration: read only.
# In: home, conf ('' for the host's own), skip (folders of home that are not looked into), prefix (of temporary names),
# home_sums and conf_sums (files whose content is asked for).
export LC_ALL=C

for program in tar find sha256sum stat xargs; do
  [[ -x $(command -v "$program") ]] || fail tools "there is no program $program"
done
conf=${conf:-${FLINK_CONF_DIR:-$home/conf}}
conf=${conf%/}
say conf "$conf"

# Which folder of which machine it is.
identity() { echo "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null):$(stat -Lc %d:%i -- "$1")"; }

# A folder that holds something else is not to be filled with Flink's files.
state=new
if [[ -d $home ]]; then
  state=empty
  for file in "$home"/lib/flink-dist*.jar; do
    [[ -f $file ]] && state=flink
  done
  if [[ $state == empty ]]; then
    shopt -s nullglob dotglob
    for file in "$home"/*; do
      name=${file#"$home"/} known=
      for one in log conf "${skip[@]}"; do
        [[ $name != "${one%%/*}" ]] || known=1
      done
      [[ -n $known || $name == "$prefix"* || $file == "$conf" ]] || state=other
    done
    shopt -u nullglob dotglob
  fi
  [[ $state != other ]] || fail other "$home is not empty, and no distribution of Flink: it has no lib/flink-dist*.jar"
elif [[ -e $home || -L $home ]]; then
  fail home "$home is no folder"
fi
say state "$state"

# listed KEY ROOT [EXPRESSION…]: what is in a folder; names with line breaks are none of ours.
listed() {
  local key=$1 root=$2
  shift 2
  [[ -d $root ]] || return
  say "$key-is" "$(identity "$root")"
  find -L "$root" -mindepth 1 "$@" ! -path $'*\n*' -printf "@$key-file %y %m %s %Ts %P\n" 2>/dev/null
}

pruned=(-path "$home/log" -prune -o -path "$conf" -prune -o)
for one in "${skip[@]}"; do
  pruned+=(-path "$home/$one" -prune -o)
done
listed home "$home" "${pruned[@]}"
listed conf "$conf"

# sums KEY ROOT NAME…: sha256sum writes a backslash before a line whose name has one.
sums() {
  local key=$1 root=$2
  shift 2
  (($# > 0)) && cd "$root" 2>/dev/null || return
  printf './%s\0' "$@" | xargs -0 sha256sum -b -- 2>/dev/null | sed "s/^/@$key-sum /"
}
sums home "$home" "${home_sums[@]}"
sums conf "$conf" "${conf_sums[@]}"
say done .
