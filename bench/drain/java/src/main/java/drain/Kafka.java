package drain;

import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/** How the topic is read: as the job does it. */
final class Kafka {
    static final String BOOTSTRAP_SERVERS = "kafka:29092";

    private Kafka() {}

    /** Fetches as large as the job's. */
    static Properties fetches() {
        Properties properties = new Properties();
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "10000");
        properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, "" + (4 << 20));
        properties.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, "" + (4 << 20));
        properties.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, "5");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return properties;
    }
}
