# Tells of processes that end, with their last words, until nobody listens any more: the end of the input ends it.
# In: pids, logs.

while ((${#pids[@]} > 0)); do
  for i in "${!pids[@]}"; do
    if ! exists "${pids[i]}"; then
      say ended "${pids[i]} $(last_words "${logs[i]}" | encoded) $(last_words "${logs[i]%.log}.out" | encoded)"
      unset 'pids[i]' 'logs[i]'
    fi
  done
  read -r -t 0.25 _
  (($? > 128)) || exit 0
done
