# Ends processes of a role.
# In: role, conf, ident, pid_dir, count ('' for all; else so many, the last in the pid file first), only (pids, none for
# all), force (1 or ''), grace (seconds).

lock_pid_dir
find_ours "$role"
file=$pid_dir/flink-$ident-$role.pid

chosen=()
for ((i = ${#running[@]} - 1; i >= 0; i--)); do
  if [[ -n $count ]] && ((${#chosen[@]} >= count)); then break; fi
  if ((${#only[@]} > 0)) && [[ " ${only[*]} " != *" ${running[i]} "* ]]; then continue; fi
  chosen+=("${running[i]}")
done

living() {
  local p
  left=()
  for p in "${chosen[@]}"; do
    if exists "$p" && ours "$p" "$role"; then left+=("$p"); fi
  done
  ((${#left[@]} > 0))
}

signal=TERM
if [[ -n $force ]]; then signal=KILL; fi
for p in "${chosen[@]}"; do
  problem=$(kill -s "$signal" "$p" 2>&1) || { exists "$p" && fail signal "$problem"; }
done
for ((i = 0; i < grace * 10; i++)); do
  living || break
  sleep 0.1
done
if living; then
  for p in "${left[@]}"; do
    kill -s KILL "$p" 2>/dev/null
    say killed "$p"
  done
  for ((i = 0; i < 100; i++)); do
    living || break
    sleep 0.1
  done
fi
living
for p in "${left[@]}"; do
  say left "$p"
done
for p in "${chosen[@]}"; do
  [[ " ${left[*]} " == *" $p "* ]] || say stopped "$p"
done

# What is left in the pid file: in its order, without what is gone.
keep=()
if [[ -f $file ]]; then
  while IFS='' read -r p || [[ -n $p ]]; do
    if [[ $p =~ ^[0-9]+$ ]] && exists "$p"; then keep+=("$p"); fi
  done <"$file"
fi
write_pids "$file" "${keep[@]}" || fail folder "$file can't be written to"
for p in "${others[@]}"; do
  say other "$p"
done
say done .
