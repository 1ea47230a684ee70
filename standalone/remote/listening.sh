# Tells at which ports processes listen, once; with follow each port when it appears, and which process ends, with its last
# words, until nobody listens any more: the end of the input ends it.
# In: pids, logs, follow (1 or '').

# ports_of PID: the ports as the kernel has them, in hexadecimal digits.
ports_of() {
  local sockets
  sockets=$(ls -l "/proc/$1/fd" 2>/dev/null | sed -n 's/.* socket:\[\([0-9]*\)\]$/\1/p')
  [[ -n $sockets ]] || return
  awk -v sockets="$sockets" 'BEGIN { n = split(sockets, s, "\n"); for (i = 1; i <= n; i++) mine[s[i]] }
    $4 == "0A" && ($10 in mine) { n = split($2, at, ":"); print at[n] }' "/proc/$1/net/tcp" "/proc/$1/net/tcp6" 2>/dev/null | sort -u
}

declare -A told
while ((${#pids[@]} > 0)); do
  for i in "${!pids[@]}"; do
    p=${pids[i]}
    for port in $(ports_of "$p"); do
      if [[ -z ${told[$p $port]} ]]; then
        told[$p $port]=1
        say listens "$p $((16#$port))"
      fi
    done
    if [[ -n $follow ]] && ! exists "$p"; then
      say ended "$p $(last_words "${logs[i]}" | encoded) $(last_words "${logs[i]%.log}.out" | encoded)"
      unset 'pids[i]' 'logs[i]'
    fi
  done
  [[ -n $follow ]] || break
  read -r -t 0.25 _
  (($? > 128)) || exit 0
done
say done .
