#!/bin/sh
# Formats the volumes that are new, leaves those that hold data as they are, and runs the broker.
set -eu
config=/tmp/server.properties
cat /etc/kafka/server.properties >"$config"
echo "advertised.listeners=PLAINTEXT://$POD_NAME.kafka.$POD_NAMESPACE.svc:9092" >>"$config"
java kafka.tools.StorageTool format --ignore-formatted --cluster-id "$CLUSTER_ID" --config "$config"
exec java $KAFKA_HEAP_OPTS -Dlog4j2.configurationFile=/etc/kafka/log4j2.properties kafka.Kafka "$config"
