#!/bin/sh
# Tells the broker its number and addresses, and runs it.
set -eu
export CLASSPATH='/opt/kafka/libs/*'
config=/tmp/server.properties
id=${POD_NAME##*-}
cat /etc/kafka/server.properties - >"$config" <<END
broker.id=$id
advertised.listeners=PLAINTEXT://$POD_NAME.kafka.$POD_NAMESPACE.svc:9092
# Below the volume, not in it: Kafka takes every directory that lies beside its partitions for one.
log.dirs=/var/lib/kafka/kafka-log$id
default.replication.factor=$REPLICATION_FACTOR
min.insync.replicas=$MIN_INSYNC_REPLICAS
offsets.topic.replication.factor=$REPLICATION_FACTOR
transaction.state.log.replication.factor=$REPLICATION_FACTOR
transaction.state.log.min.isr=$MIN_INSYNC_REPLICAS
END
exec java $KAFKA_HEAP_OPTS -Djava.security.properties=/etc/kafka/names.security \
  -Dlog4j.configuration=file:/etc/kafka/log4j.properties \
  kafka.Kafka "$config"
