# Takes files as a tar stream that follows this script on the input, each under a temporary name. Once all are there they get
# their own names by renaming: nobody reads half a file, and who has the old one open keeps it.
# In: home, conf, prefix, dirs and dir_modes (to make), temps and targets, end (a temporary name too, the last of the stream),
# chmods and chmod_modes, touches and touch_times, deletes, keep (folders that stay when they are empty).
export LC_ALL=C

remove_temps() { printf '%s\0' "${temps[@]}" "$end" | xargs -0 rm -f --; }
# The input is read to its end, or whoever writes to it would take the end of this for a broken connection.
trap 'remove_temps; cat >/dev/null' EXIT
trap : PIPE
trap 'exit 1' HUP INT TERM

# refuse TEXT: why something can't be written.
refuse() {
  case $1 in
    *'Permission denied'* | *'Operation not permitted'*) fail denied "$1" ;;
  esac
  fail write "$1"
}

for root in "$home" "$conf"; do
  problem=$(mkdir -p -- "$root" 2>&1) || refuse "$problem"
  # Left by a host that went down; what is younger may be somebody else's who pushes now.
  find "$root" -name "$prefix*" -cmin +60 -type f -delete 2>/dev/null
done

# tar goes on after what it can't write, which would only show when everything was sent: its first complaint ends it. That a
# part was written only tells less than what comes next.
set -o pipefail
problem=$(tar -xpo -f - -C / 2>&1 | {
  partly=''
  while IFS='' read -r line; do
    case $line in
      *'time stamp'* | *'Exiting with failure status'*) ;;
      *'Wrote only'*) partly="$line: the disk may be full" ;;
      *)
        partly=''
        break
        ;;
    esac
  done
  printf '%s' "${partly:-$line}"
})
status=$?
if ((status != 0)) || [[ ! -f $end ]]; then
  case $problem in
    '' | *'Unexpected EOF'* | *'short read'* | *'not look like a tar archive'*) fail cut 'the files did not arrive as a whole' ;;
  esac
  problem=${problem#tar: }
  for i in "${!temps[@]}"; do
    problem=${problem/#"${temps[i]#/}:"/"${targets[i]}:"}
  done
  refuse "$problem"
fi

for i in "${!dirs[@]}"; do
  problem=$(mkdir -p -m "${dir_modes[i]}" -- "${dirs[i]}" 2>&1) || refuse "$problem"
done
for i in "${!temps[@]}"; do
  problem=$(mv -fT -- "${temps[i]}" "${targets[i]}" 2>&1) || refuse "$problem"
done
for i in "${!chmods[@]}"; do
  problem=$(chmod "${chmod_modes[i]}" -- "${chmods[i]}" 2>&1) || refuse "$problem"
done
for i in "${!touches[@]}"; do
  problem=$(touch -d "@${touch_times[i]}" -- "${touches[i]}" 2>&1) || refuse "$problem"
done
for file in "${deletes[@]}"; do
  problem=$(rm -f -- "$file" 2>&1) || refuse "$problem"
  # A folder of plugins without a jar keeps Flink from starting.
  dir=${file%/*}
  while [[ " ${keep[*]} " != *" $dir "* && $dir == "$home"/* ]] && rmdir -- "$dir" 2>/dev/null; do
    dir=${dir%/*}
  done
done
say done .
