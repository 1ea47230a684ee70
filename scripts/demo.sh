#!/usr/bin/env bash
# demo.sh: what a user would type to run WordCount in a session of one's own. Needs a built bin/yarnflink and, as
# with-cluster.sh gives it, a real cluster in YARNFLINK_TEST_CLUSTER.
set -euo pipefail
cd "$(dirname "$0")/.."

env=$(go run ./cmd/minicluster env --dir "$YARNFLINK_TEST_CLUSTER")
eval "$env"

work=$(mktemp -d "${TMPDIR:-/tmp}/yarnflink-demo.XXXXXX")
trap 'rm -rf "$work"' EXIT
home=/user/$(id -un)

# The session's properties file goes here: the user's own one keeps naming the user's own session.
cp -r "$FLINK_HOME/conf" "$work/conf"
echo "yarn.properties-file.location: $work" >>"$work/conf/config.yaml"
export FLINK_CONF_DIR=$work/conf

# hdfs is Hadoop's own script as far as it is needed here; the cluster has no scripts.
hdfs() {
  "$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 -Dhadoop.root.logger=ERROR,console -cp "$HADOOP_CLASSPATH" \
    org.apache.hadoop.fs.FsShell "${@:2}"
}

# try prints a command as a user would type it, and runs it.
try() {
  printf '\n$'
  printf ' %q' "$@"
  printf '\n'
  "$@"
}

printf '# with HADOOP_CONF_DIR=%s and FLINK_HOME=%s\n' "$HADOOP_CONF_DIR" "$FLINK_HOME"
try hdfs dfs -mkdir -p "$home/demo"
try hdfs dfs -put LICENSE "$home/demo/in.txt"
try bin/yarnflink session -n 1 -jm 1024 -tm 2048 -s 2 -nm demo -d | tee "$work/session"
try bin/yarnflink run --session demo -c org.apache.flink.streaming.examples.wordcount.WordCount "$YARNFLINK_EXAMPLES_JAR" \
  --input "hdfs://$home/demo/in.txt" --output "hdfs://$home/demo/out" --execution-mode BATCH
printf '\n$ hdfs dfs -cat %s/demo/out/*/* | sort -t, -k2 -rn | head\n' "$home"
hdfs dfs -cat "$home/demo/out/*/*" >"$work/counts"
sort -t, -k2 -rn "$work/counts" | sed 10q
try bin/yarnflink kill "$(grep -m1 -oE 'application_[0-9]+_[0-9]+' "$work/session")"
