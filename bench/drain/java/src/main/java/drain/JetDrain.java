package drain;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.BuildInfoProvider;
import com.hazelcast.jet.Job;
import com.hazelcast.jet.aggregate.AggregateOperation;
import com.hazelcast.jet.aggregate.AggregateOperation1;
import com.hazelcast.jet.config.JobConfig;
import com.hazelcast.jet.config.ProcessingGuarantee;
import com.hazelcast.jet.core.JobStatus;
import com.hazelcast.jet.kafka.KafkaSources;
import com.hazelcast.jet.pipeline.Pipeline;
import com.hazelcast.jet.pipeline.Sinks;
import com.hazelcast.jet.pipeline.StreamSource;
import com.hazelcast.jet.pipeline.WindowDefinition;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Drains a topic with Hazelcast Jet, several times in a process: TOPIC RECORDS DRAINS OUT.
 *
 * <p>Exactly once: a snapshot every {@code -Dsnapshot.ms} has offsets and state, and the files
 * that were written before it get their final names with it.
 */
final class JetDrain {
    private static final int TOPIC_PARTITIONS = 4; // each ends with a heartbeat
    private static final int THREADS = 2;
    private static final AtomicInteger HEARTBEATS = new AtomicInteger();

    private static final AggregateOperation1<Quote, Sums, Sums> SUM_UP =
            AggregateOperation.withCreate(Sums::new)
                    .andAccumulate(Sums::add)
                    .andCombine(Sums::merge)
                    .andExportFinish(sums -> sums);

    private JetDrain() {}

    public static void main(String[] args) throws Exception {
        long snapshotMs = Long.getLong("snapshot.ms");
        int drains = Integer.parseInt(args[2]);
        String system = 
                "Hazelcast Jet %s, a snapshot every %d s"
                        .formatted(BuildInfoProvider.getBuildInfo().getVersion(), snapshotMs / 1_000);
        Drains report = new Drains(system, Long.parseLong(args[1]));
        report.begin();
        HazelcastInstance member = Hazelcast.newHazelcastInstance(memberConfig());
        for (int drain = 1; drain <= drains; drain++) {
            if (drain > 1) {
                report.begin();
            }
            HEARTBEATS.set(0);
            Pipeline pipeline = pipeline(args[0], Path.of(args[3], "" + drain));
            Job job = member.getJet().newJob(pipeline, jobConfig(snapshotMs));
            awaitEnd(job);
            report.end();
            job.cancel();
        }
        member.shutdown();
    }

    static Config memberConfig() {
        Config config = new Config();
        config.setProperty("hazelcast.logging.type", "slf4j");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.getJetConfig().setEnabled(true).setCooperativeThreadCount(THREADS);
        config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
        return config;
    }

    static JobConfig jobConfig(long snapshotMs) {
        return new JobConfig()
                .setProcessingGuarantee(ProcessingGuarantee.EXACTLY_ONCE)
                .setSnapshotIntervalMillis(snapshotMs);
    }

    static Pipeline pipeline(String topic, Path folder) {
        Pipeline pipeline = Pipeline.create();
        pipeline.readFrom(quotes(topic))
                .withTimestamps(Quote::timeMs, 0)
                .setLocalParallelism(THREADS)
                .filter(JetDrain::countHeartbeats)
                .setLocalParallelism(THREADS)
                .groupingKey(Quote::symbol)
                .window(WindowDefinition.sliding(
                        Window.LENGTH_US / 1_000, Window.SLIDE_US / 1_000))
                .aggregate(SUM_UP)
                .setLocalParallelism(THREADS)
                .map(it -> Window.toJson(it.key(), it.end() * 1_000, it.result()))
                .setLocalParallelism(THREADS)
                .writeTo(Sinks.filesBuilder(folder.toString()).exactlyOnce(true).build());
        return pipeline;
    }

    private static StreamSource<Quote> quotes(String topic) {
        Properties properties = Kafka.fetches();
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, Kafka.BOOTSTRAP_SERVERS);
        for (String which : new String[] {"key", "value"}) {
            properties.put(which + ".deserializer", ByteArrayDeserializer.class.getName());
        }
        return KafkaSources.<byte[], byte[], Quote>kafka(
                properties, (ConsumerRecord<byte[], byte[]> it) -> Quote.parse(it.value()), topic);
    }

    /** Let quotes pass, and count what does not. */
    private static boolean countHeartbeats(Quote quote) {
        if (quote.isHeartbeat()) {
            HEARTBEATS.incrementAndGet();
        }
        return !quote.isHeartbeat();
    }

    /**
     * Wait until every partition's last record, its heartbeat, has passed, and what comes of it is
     * in files.
     */
    private static void awaitEnd(Job job) throws InterruptedException {
        while (HEARTBEATS.get() < TOPIC_PARTITIONS) {
            Thread.sleep(10);
        }
        job.suspend(); // with a snapshot, which comes after the heartbeats' watermark
        while (job.getStatus() != JobStatus.SUSPENDED) {
            Thread.sleep(10);
        }
    }
}
