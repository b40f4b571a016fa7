package drain;

import org.apache.kafka.streams.KafkaStreams;

/**
 * Follows a topic with Kafka Streams until it is stopped: TOPIC WINDOWS, topics that are there.
 *
 * <p>A window can be read once it is committed, every {@code -Dcommit.ms}.
 */
final class KafkaStreamsFollow {
    private KafkaStreamsFollow() {}

    public static void main(String[] args) {
        new KafkaStreams(
                        KafkaStreamsDrain.topology(args[0], args[1]),
                        KafkaStreamsDrain.settings("follow"))
                .start();
    }
}
