# What a host has: its environment, Flink's files and its configuration.
# In: home, conf ('' for the host's own), variables.

say host "${HOSTNAME:-$(hostname)}"
for name in "${variables[@]}"; do
  if [[ -n ${!name+x} ]]; then
    say "env $name" "$(printf %s "${!name}" | encoded)"
  fi
done
say user "$(id -un)"
[[ -d $home ]] || fail home "$home is no folder"
conf=${conf:-${FLINK_CONF_DIR:-$home/conf}}
[[ -d $conf ]] || fail home "$conf is no folder"
say conf "$conf"
lib=${FLINK_LIB_DIR:-$home/lib}
[[ -d $lib ]] || fail home "$lib is no folder"
for name in flink-conf.yaml config.yaml zoo.cfg; do
  if [[ -f $conf/$name ]]; then
    [[ -r $conf/$name ]] || fail home "$conf/$name can't be read"
    say "file $name" "$(encoded <"$conf/$name")"
  fi
done
while IFS='' read -r -d '' jar; do
  say jar "$jar"
done < <(find -L "$lib" -type f -name '*.jar' -print0 | LC_ALL=C sort -z)
for name in /etc/hadoop/conf /etc/hbase/conf "${HADOOP_HOME:-/nowhere}/conf" "${HADOOP_HOME:-/nowhere}/etc/hadoop" "${HBASE_HOME:-/nowhere}/conf"; do
  if [[ -d $name ]]; then say folder "$name"; fi
done
say done .
