package marketdata.kafka;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.streaming.MicroBatchStream;
import org.apache.spark.sql.connector.read.streaming.Offset;
import org.apache.spark.sql.connector.read.streaming.ReadLimit;
import org.apache.spark.sql.connector.read.streaming.SupportsAdmissionControl;

/** Reads what the planner says, and lets the query's watermark be what the planner says. */
final class BlockStream implements MicroBatchStream, SupportsAdmissionControl {
  private static final long FEWEST_RECORDS_OF_A_TASK = 20_000;

  private final String topic;
  private final Planner planner;
  private final Map<String, Object> settings;

  BlockStream(String topic, Planner planner, Map<String, Object> settings) {
    this.topic = topic;
    this.planner = planner;
    this.settings = settings;
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
    return new Readers(settings);
  }

  @Override
  public void commit(Offset end) {}

  @Override
  public void stop() {}

  private record Task(List<Plan.Range> ranges, long finalUntilMs) implements InputPartition {}

  private record Readers(Map<String, Object> settings) implements PartitionReaderFactory {
    @Override
    public PartitionReader<InternalRow> createReader(InputPartition task) {
      return new BlockReader(settings, ((Task) task).ranges(), ((Task) task).finalUntilMs());
    }
  }
}
