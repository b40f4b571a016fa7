#!/usr/bin/env bash
# Makes the topics, since the brokers make none by themselves; adds what settings ask for more of to those
# that are there: partitions (KAFKA_PARTITIONS), and replicas (KAFKA_REPLICAS, brokers 1 to so many).
set -euo pipefail

for name in KAFKA_PARTITIONS KAFKA_REPLICAS; do
  if [[ ! ${!name} =~ ^[1-9][0-9]{0,2}$ ]]; then
    echo "$name: got '${!name}', takes a whole number from 1 to 999" >&2
    exit 2
  fi
done

topics() { kafka-topics --bootstrap-server "$KAFKA_BOOTSTRAP_SERVERS" "$@"; }

reassign() { kafka-reassign-partitions --bootstrap-server "$KAFKA_BOOTSTRAP_SERVERS" "$@"; }

create() { # topic, partitions; says so where it was not there
  topics --create --if-not-exists --topic "$1" --partitions "$2" --replication-factor "$KAFKA_REPLICAS" \
    --config message.timestamp.type=LogAppendTime --config retention.ms=604800000 |
    sed '/^WARNING: Due to limitations in metric names/d'
}

add_partitions() {
  local there
  there=$(sed -n 's/.*PartitionCount: *\([0-9]*\).*/\1/p' <<< "$1")
  if ((there < KAFKA_PARTITIONS)); then
    topics --alter --topic "$KAFKA_TOPIC" --partitions "$KAFKA_PARTITIONS"
    echo "$KAFKA_TOPIC has $KAFKA_PARTITIONS partitions now (before: $there)"
  elif ((there > KAFKA_PARTITIONS)); then
    echo "KAFKA_PARTITIONS: got $KAFKA_PARTITIONS, but $KAFKA_TOPIC has $there and keeps them," \
      "since Kafka takes none away. To have fewer, wipe all: make reset"
  fi
}

with_more_replicas() { # of partitions with too few, as Kafka's tool reads it; empty where there are none
  awk -v replicas="$KAFKA_REPLICAS" '
    {
      topic = partition = on = ""
      for (i = 1; i < NF; i++) {
        if ($i == "Topic:") topic = $(i + 1)
        if ($i == "Partition:") partition = $(i + 1)
        if ($i == "Replicas:") on = $(i + 1)
      }
      if (on == "" || split(on, _, ",") >= replicas) next
      list = ""
      for (i = 0; i < replicas; i++) list = list (i ? "," : "") (partition + i) % replicas + 1
      found = found (found ? "," : "") \
        sprintf("{\"topic\":\"%s\",\"partition\":%d,\"replicas\":[%s]}", topic, partition, list)
    }
    END { if (found) printf "{\"version\":1,\"partitions\":[%s]}\n", found }'
}

add_replicas() {
  local plan=/tmp/replicas.json
  topics --describe | with_more_replicas > "$plan"
  [[ -s $plan ]] || return 0
  reassign --reassignment-json-file "$plan" --execute > /dev/null
  until ! reassign --reassignment-json-file "$plan" --verify | grep -q 'still in progress'; do
    sleep 1
  done
  echo "every partition is on $KAFKA_REPLICAS brokers now"
}

create "$KAFKA_TOPIC.dlq" 1 & refused=$!
made=$(create "$KAFKA_TOPIC" "$KAFKA_PARTITIONS")
wait "$refused"
if [[ $made ]]; then
  echo "$made"
  exit
fi

before=$(topics --describe --topic "$KAFKA_TOPIC" | sed -n 1p)
add_partitions "$before"
replicas=$(sed -n 's/.*ReplicationFactor: *\([0-9]*\).*/\1/p' <<< "$before")
if ((replicas < KAFKA_REPLICAS)); then
  add_replicas
elif ((replicas > KAFKA_REPLICAS)); then
  echo "$KAFKA_TOPIC is on $replicas brokers, and needs them: start the stack with compose.brokers.yaml," \
    "or wipe all: make reset"
fi
