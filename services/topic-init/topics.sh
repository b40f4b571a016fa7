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

broker=(--bootstrap-server "$KAFKA_BOOTSTRAP_SERVERS" ${KAFKA_COMMAND_CONFIG:+--command-config "$KAFKA_COMMAND_CONFIG"})

topics() { kafka-topics "${broker[@]}" "$@"; }

reassign() { kafka-reassign-partitions "${broker[@]}" "$@"; }

create() { # topic, partitions, days to keep its records, further options; says so where it was not there
  [[ ! $(described_of "$1" PartitionCount) ]] || return 0
  topics --create --if-not-exists --topic "$1" --partitions "$2" --replication-factor "$KAFKA_REPLICAS" \
    --config message.timestamp.type=LogAppendTime --config retention.ms=$(($3 * 86400000)) "${@:4}" |
    sed '/^WARNING: Due to limitations in metric names/d'
}

described_of() { # topic, PartitionCount or ReplicationFactor
  sed -n "s/^Topic: *${1//./\\.}[[:space:]].*$2: *\([0-9]*\).*/\1/p" <<< "$described"
}

add_partitions() { # topic
  local there
  there=$(described_of "$1" PartitionCount)
  if [[ $there ]] && ((there < KAFKA_PARTITIONS)); then # one that was made just now has them
    topics --alter --topic "${1//./\\.}" --partitions "$KAFKA_PARTITIONS"
    echo "$1 has $KAFKA_PARTITIONS partitions now (before: $there)"
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

said=/tmp/said # each question is a JVM: most often this one is all that is asked
until described=$(topics --describe 2> "$said"); do
  # So answers a broker that hung, until it has another session with ZooKeeper.
  if ! grep -q UnknownServerException "$said" || ((SECONDS > 30)); then
    cat "$said" >&2
    exit 1
  fi
  sleep 1
done
cat "$said" >&2

# Kafka removes a segment once all in it is old enough: to keep a day takes segments of hours.
market=(--config segment.ms=14400000 --config max.message.bytes=65536)
others=()
create "$KAFKA_TOPIC.dlq" 1 7 & others+=($!)
create market_windows "$KAFKA_PARTITIONS" 1 "${market[@]}" & others+=($!)
create market_alerts "$KAFKA_PARTITIONS" 1 "${market[@]}" & others+=($!)
made=$(create "$KAFKA_TOPIC" "$KAFKA_PARTITIONS" 7)
for one in "${others[@]}"; do
  wait "$one"
done
if [[ $made ]]; then
  echo "$made"
  exit
fi

add_partitions "$KAFKA_TOPIC"
add_partitions market_windows > /dev/null # one line speaks for all of them
add_partitions market_alerts > /dev/null

there=$(described_of "$KAFKA_TOPIC" PartitionCount)
if ((there > KAFKA_PARTITIONS)); then
  echo "KAFKA_PARTITIONS: got $KAFKA_PARTITIONS, but $KAFKA_TOPIC has $there and keeps them," \
    "since Kafka takes none away. To have fewer, wipe all: make reset"
fi
replicas=$(described_of "$KAFKA_TOPIC" ReplicationFactor)
if ((replicas < KAFKA_REPLICAS)); then
  add_replicas
elif ((replicas > KAFKA_REPLICAS)); then
  echo "$KAFKA_TOPIC is on $replicas brokers, and needs them: start the stack with compose.brokers.yaml," \
    "or wipe all: make reset"
fi
