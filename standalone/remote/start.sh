# Starts what is missing of a role's processes, or so many more.
# In: role, mark (two words that tell those that are meant of a role's processes, none for all), count (of all that are meant), more (instead of count, ''), conf, ident, pid_dir, log_dir, java_home, java_origin, java_18_opts, java_opts, jvm_args, class_path, args,
# last_args, names (for TaskManagers), folders, and the variables that are exported.

if [[ -n $java_home ]]; then
  java=$java_home/bin/java
  [[ -x $java ]] || fail java "$java_origin is $java_home, and there is no program $java"
else
  java=$(command -v java) || fail java 'there is no java: neither env.java.home nor JAVA_HOME is set, and PATH has none'
fi

for folder in "$pid_dir" "$log_dir" "${folders[@]}"; do
  problem=$(mkdir -p "$folder" 2>&1) || fail folder "$problem"
  probe=$folder/.yarnflink-$$
  # With blocks in it: a full disk takes an empty file.
  problem=$(LC_ALL=C dd if=/dev/zero of="$probe" bs=65536 count=1 2>&1)
  status=$?
  rm -f "$probe"
  if ((status != 0)); then
    fail folder "$folder can't be written to: $(head -n 1 <<<"$problem")"
  fi
done

lock_pid_dir
find_ours "$role"
file=$pid_dir/flink-$ident-$role.pid
if ((${#running[@]} - ${#lost[@]} + ${#others[@]} == 0)); then
  rm -f "$file" # all in it are dead
fi
for p in "${lost[@]}"; do
  echo "$p" >>"$file"
done
meant=()
for p in "${running[@]}"; do
  if marked "$p"; then
    meant+=("$p")
    report_process running "$p"
  fi
done

# The release file of a JDK saves the start of a JVM.
release=$(dirname "$(dirname "$(readlink -f "$java")")")/release
version=$(sed -n 's/^JAVA_VERSION="\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' "$release" 2>/dev/null)
if [[ -z $version ]]; then
  version=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/.*java\.specification\.version = \(1\.\)\{0,1\}\([0-9]*\).*/\2/p')
fi
[[ -n $version ]] || fail java "$java does not run: $("$java" -version 2>&1 | head -n 3 | tr '\n' ' ')"
if ((version > 17)); then java_opts="$java_opts $java_18_opts"; fi

missing=${more:-$((count - ${#meant[@]}))}
for ((i = 0; i < missing; i++)); do
  id=0
  if [[ -f $file ]]; then id=$(wc -l <"$file"); fi
  export FLINK_LOG_PREFIX=$log_dir/flink-$ident-$role-$id-${HOSTNAME:-$(hostname)}
  log=$FLINK_LOG_PREFIX.log out=$FLINK_LOG_PREFIX.out
  # The options may name variables, FLINK_LOG_PREFIX above all.
  options=$(eval "echo $java_opts")
  own=()
  if [[ -n ${names[i]} ]]; then own=(-D "taskmanager.resource-id=${names[i]}"); fi
  # shellcheck disable=SC2086 # words, as in Flink's scripts
  setsid "$java" $jvm_args $options "-Dlog.file=$log" "-Dlog4j.configuration=file:$conf/log4j.properties" \
    "-Dlog4j.configurationFile=file:$conf/log4j.properties" "-Dlogback.configurationFile=file:$conf/logback.xml" \
    -classpath "$class_path" "$(main_class_of "$role")" "${args[@]}" "${own[@]}" "${last_args[@]}" >"$out" 200<&- 2>&1 </dev/null &
  p=$!
  if ! echo "$p" >>"$file"; then
    kill -9 "$p"
    fail folder "$file can't be written to"
  fi
  say started "$p 0 - ${names[i]:--} $(printf %s "$log" | encoded) "
done
say done .
