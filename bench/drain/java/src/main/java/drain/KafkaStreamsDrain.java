package drain;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.Stores;

/**
 * Drains a topic with Kafka Streams, several times in a process: TOPIC RECORDS DRAINS OUT.
 *
 * <p>Exactly once: windows go to a topic, in one transaction with offsets and state, every second.
 * They come into the file when they are committed.
 */
final class KafkaStreamsDrain {
    private KafkaStreamsDrain() {}

    public static void main(String[] args) throws Exception {
        String topic = args[0];
        int drains = Integer.parseInt(args[2]);
        Drains report = new Drains("Kafka Streams " + AppInfoParser.getVersion(), Long.parseLong(args[1]));
        for (int drain = 1; drain <= drains; drain++) {
            report.begin();
            // Of its own for each drain: under the same name it would go on where it was.
            String application = "kafka-streams-" + System.currentTimeMillis();
            Path path = Path.of(args[3], "" + drain, "windows.jsonl");
            try (Admin admin = Admin.create(
                            Map.<String, Object>of("bootstrap.servers", Kafka.BOOTSTRAP_SERVERS));
                    KafkaStreams streams = start(admin, topic, application)) {
                write(admin, topic, application, path);
                report.end();
            }
        }
    }

    private static KafkaStreams start(Admin admin, String topic, String application)
            throws ExecutionException, InterruptedException {
        int partitions = partitions(admin, topic).size();
        admin.createTopics(List.of(new NewTopic(windows(application), partitions, (short) 1)))
                .all()
                .get();
        KafkaStreams streams =
                new KafkaStreams(topology(topic, windows(application)), settings(application));
        streams.start();
        return streams;
    }

    static Topology topology(String topic, String windows) {
        return new Topology()
                .addSource(
                        "quotes",
                        Serdes.ByteArray().deserializer(),
                        Serdes.ByteArray().deserializer(),
                        topic)
                .addProcessor("windows", PaneProcessor::new, "quotes")
                .addStateStore(PanesStore.builder(PaneProcessor.PANES_STORE), "windows")
                .addStateStore(
                        Stores.keyValueStoreBuilder(
                                Stores.inMemoryKeyValueStore(PaneProcessor.CLOSED_STORE),
                                Serdes.String(),
                                Serdes.Long()),
                        "windows")
                .addSink(
                        "closed",
                        windows,
                        Serdes.ByteArray().serializer(),
                        Serdes.ByteArray().serializer(),
                        "windows");
    }

    static Properties settings(String application) {
        Properties properties = new Properties();
        Kafka.fetches().forEach((name, value) ->
                properties.put(StreamsConfig.mainConsumerPrefix((String) name), value));
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, Kafka.BOOTSTRAP_SERVERS);
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, Long.getLong("commit.ms", 1_000));
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, "2");
        properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, "1");
        return properties;
    }

    /** Write windows as they are committed, until those of all that is in the topic are. */
    private static void write(Admin admin, String topic, String application, Path path)
            throws Exception {
        Map<TopicPartition, Long> ends = ends(admin, partitions(admin, topic));
        List<TopicPartition> windows = partitions(admin, windows(application));
        try (CommittedWindows file = new CommittedWindows(windows, path)) {
            boolean done = false;
            while (!done) {
                boolean nothingNew = file.copy();
                done = nothingNew && committed(admin, application).equals(ends);
            }
            file.copyUntil(ends(admin, windows));
        }
    }

    private static Map<TopicPartition, Long> committed(Admin admin, String group)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetAndMetadata> offsets =
                admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
        return offsets.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, it -> it.getValue().offset()));
    }

    private static Map<TopicPartition, Long> ends(Admin admin, List<TopicPartition> partitions)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> latest = partitions.stream()
                .collect(Collectors.toMap(Function.identity(), it -> OffsetSpec.latest()));
        Map<TopicPartition, ListOffsetsResultInfo> found = admin.listOffsets(latest).all().get();
        return found.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, it -> it.getValue().offset()));
    }

    private static List<TopicPartition> partitions(Admin admin, String topic)
            throws ExecutionException, InterruptedException {
        int count = admin.describeTopics(List.of(topic))
                .topicNameValues()
                .get(topic)
                .get()
                .partitions()
                .size();
        return IntStream.range(0, count).mapToObj(it -> new TopicPartition(topic, it)).toList();
    }

    private static String windows(String application) {
        return application + ".windows";
    }
}
