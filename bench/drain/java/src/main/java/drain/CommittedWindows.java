package drain;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Writes what is committed to a topic of windows into a file, a line each. */
final class CommittedWindows implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(50);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final OutputStream file;

    CommittedWindows(List<TopicPartition> partitions, Path path) throws IOException {
        Properties properties = new Properties();
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, Kafka.BOOTSTRAP_SERVERS);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        ByteArrayDeserializer bytes = new ByteArrayDeserializer();
        consumer = new KafkaConsumer<>(properties, bytes, bytes);
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Files.createDirectories(path.getParent());
        file = new BufferedOutputStream(Files.newOutputStream(path));
    }

    /** Write what the next poll gives; says whether that was nothing. */
    boolean copy() throws IOException {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        for (ConsumerRecord<byte[], byte[]> record : records) {
            file.write(record.value());
            file.write('\n');
        }
        return records.isEmpty();
    }

    /** Write all up to these offsets; waits until what is before them is committed. */
    void copyUntil(Map<TopicPartition, Long> ends) throws IOException {
        while (ends.keySet().stream().anyMatch(it -> consumer.position(it) < ends.get(it))) {
            copy();
        }
    }

    @Override
    public void close() throws IOException {
        consumer.close();
        file.close();
    }
}
