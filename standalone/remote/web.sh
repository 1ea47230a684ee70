# Where JobManagers listen, as far as their logs tell yet.
# In: pids, logs.

for i in "${!pids[@]}"; do
  web=$(web_of "${logs[i]}")
  if [[ -n $web ]]; then say web "${pids[i]} $web"; fi
done
say done .
