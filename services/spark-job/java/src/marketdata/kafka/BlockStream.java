package marketdata.kafka;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.streaming.MicroBatchStream;
import org.apache.spark.sql.connector.read.streaming.Offset;
import org.apache.spark.sql.connector.read.streaming.ReadLimit;
import org.apache.spark.sql.connector.read.streaming.ReportsSourceMetrics;
import org.apache.spark.sql.connector.read.streaming.SupportsAdmissionControl;
import org.apache.spark.util.CollectionAccumulator;

/** Reads what the planner says, and lets the query's watermark be what the planner says. */
final class BlockStream
    implements MicroBatchStream, SupportsAdmissionControl, ReportsSourceMetrics {
  private static final long FEWEST_RECORDS_OF_A_TASK = 20_000;

  private final String topic;
  private final Planner planner;
  private final Map<String, Object> settings;
  private final CollectionAccumulator<String> damaged;

  BlockStream(String topic, Planner planner, Map<String, Object> settings) {
    this.topic = topic;
    this.planner = planner;
    this.settings = settings;
    damaged = SparkSession.active().sparkContext().collectionAccumulator("damaged records");
  }

  @Override
  public Offset initialOffset() {
    return new Plan(planner.first());
  }

  @Override
  public Offset latestOffset(Offset start, ReadLimit limit) {
    String json = planner.next(start.json());
    if (json == null) {
      return null;
    }
    Plan plan = new Plan(json);
    Watermark.raise(plan.watermarkMs());
    return plan;
  }

  @Override
  public Offset latestOffset() {
    throw new UnsupportedOperationException("a batch is planned from where the last one ended");
  }

  @Override
  public Offset deserializeOffset(String json) {
    return new Plan(json);
  }

  @Override
  public InputPartition[] planInputPartitions(Offset start, Offset end) {
    int most = SparkSession.active().sparkContext().defaultParallelism();
    return ((Plan) end).tasks(topic, most, FEWEST_RECORDS_OF_A_TASK).stream()
        .map(ranges -> new Task(ranges, ((Plan) start).watermarkMs()))
        .toArray(InputPartition[]::new);
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    return new Readers(settings, damaged);
  }

  /** Says once, with the progress of a batch, what its tasks have left out. */
  @Override
  public Map<String, String> metrics(Optional<Offset> consumed) {
    List<String> found = List.copyOf(damaged.value());
    damaged.reset();
    return found.isEmpty() ? Map.of() : Map.of("damaged", String.join("\n", found));
  }

  @Override
  public void commit(Offset end) {}

  @Override
  public void stop() {}

  private record Task(List<Plan.Range> ranges, long finalUntilMs) implements InputPartition {}

  private record Readers(Map<String, Object> settings, CollectionAccumulator<String> damaged)
      implements PartitionReaderFactory {
    @Override
    public PartitionReader<InternalRow> createReader(InputPartition task) {
      return new BlockReader(
          settings, damaged, ((Task) task).ranges(), ((Task) task).finalUntilMs());
    }
  }
}
