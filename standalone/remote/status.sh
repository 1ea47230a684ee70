# The processes of this cluster on a host.
# In: roles, conf, ident, pid_dir.

for role in "${roles[@]}"; do
  find_ours "$role"
  for p in "${running[@]}"; do
    if [[ " ${lost[*]} " == *" $p "* ]]; then
      report_process "lost $role" "$p"
    else
      report_process "running $role" "$p"
    fi
  done
  for p in "${dead[@]}"; do
    say "dead $role" "${p:--}"
  done
done
say done .
