#!/bin/sh
# Formats the volume if it is new, leaves it as it is if it holds data, and runs the controller.
set -eu
export CLASSPATH='/opt/kafka/libs/*'
config=/tmp/server.properties
id=$((${POD_NAME##*-} + 100))
cat /etc/kafka/server.properties - >"$config" <<END
node.id=$id
# Below the volume, not in it, as brokers have it.
log.dirs=/var/lib/kafka/data-0/kafka-log$id
END
java kafka.tools.StorageTool format --ignore-formatted --cluster-id "$CLUSTER_ID" --config "$config"
exec java $KAFKA_HEAP_OPTS -Djava.security.properties=/etc/kafka/names.security \
  -Dlog4j2.configurationFile=/etc/kafka/log4j2.properties \
  kafka.Kafka "$config"
