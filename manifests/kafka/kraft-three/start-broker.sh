#!/bin/sh
# Formats the volumes that are new, leaves those that hold data as they are, and runs the broker.
set -eu
export CLASSPATH='/opt/kafka/libs/*'
config=/tmp/server.properties
id=${POD_NAME##*-}
cat /etc/kafka/server.properties - >"$config" <<END
node.id=$id
advertised.listeners=PLAINTEXT://$POD_NAME.kafka.$POD_NAMESPACE.svc:9092
# Below the volumes, not in them: Kafka takes every directory that lies beside its partitions for one.
log.dirs=/var/lib/kafka/data-0/kafka-log$id,/var/lib/kafka/data-1/kafka-log$id
metadata.log.dir=/var/lib/kafka/data-0/kafka-log$id
END
java kafka.tools.StorageTool format --ignore-formatted --cluster-id "$CLUSTER_ID" --config "$config"
exec java $KAFKA_HEAP_OPTS -Djava.security.properties=/etc/kafka/names.security \
  -Dlog4j2.configurationFile=/etc/kafka/log4j2.properties \
  kafka.Kafka "$config"
