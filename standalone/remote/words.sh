# The last words of processes that are still there.
# In: pids, logs.

for i in "${!pids[@]}"; do
  say words "${pids[i]} $(last_words "${logs[i]}" | encoded) $(last_words "${logs[i]%.log}.out" | encoded)"
done
say done .
