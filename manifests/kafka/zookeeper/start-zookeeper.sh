#!/bin/sh
# Gives the server its number, tells it the others, and runs it.
set -eu
export CLASSPATH='/opt/kafka/libs/*'
config=/tmp/zookeeper.properties
cat /etc/zookeeper/zookeeper.properties >"$config"
n=0
while [ "$n" -lt "$SERVERS" ]; do
  echo "server.$((n + 1))=zookeeper-$n.zookeeper:2888:3888" >>"$config"
  n=$((n + 1))
done
mkdir -p /var/lib/zookeeper/data
echo $((${POD_NAME##*-} + 1)) >/var/lib/zookeeper/data/myid
exec java $ZOOKEEPER_HEAP_OPTS -Djava.security.properties=/etc/zookeeper/names.security \
  -Dlog4j.configuration=file:/etc/zookeeper/log4j.properties \
  org.apache.zookeeper.server.quorum.QuorumPeerMain "$config"
