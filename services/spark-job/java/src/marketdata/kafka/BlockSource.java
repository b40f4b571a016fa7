package marketdata.kafka;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.read.streaming.MicroBatchStream;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * A source of Spark Structured Streaming: records of a topic, many in a row (see {@link Block}).
 *
 * <p>Options: {@code topic}; {@code planner}, the name that it is registered by; and, after {@code
 * kafka.}, the settings of Kafka's consumer.
 */
public final class BlockSource implements TableProvider {
  static final StructType SCHEMA =
      new StructType()
          .add("partition", DataTypes.IntegerType, false)
          .add("offsets", DataTypes.BinaryType, false)
          .add("timestamps", DataTypes.BinaryType, false)
          .add("sizes", DataTypes.BinaryType, false)
          .add("lines", DataTypes.BinaryType, false)
          .add("final_until", DataTypes.LongType, false);

  @Override
  public StructType inferSchema(CaseInsensitiveStringMap options) {
    return SCHEMA;
  }

  @Override
  public Table getTable(StructType schema, Transform[] partitioning, Map<String, String> options) {
    return new Topic(options);
  }

  /** Takes the settings of Kafka's consumer out of the source's options. */
  static Map<String, Object> consumerSettings(Map<String, String> options) {
    Map<String, Object> settings = new HashMap<>();
    options.forEach((name, value) -> {
      if (name.startsWith("kafka.")) {
        settings.put(name.substring("kafka.".length()), value);
      }
    });
    return settings;
  }

  private record Topic(Map<String, String> options) implements Table, SupportsRead {
    @Override
    public String name() {
      return options.get("topic");
    }

    @Override
    @SuppressWarnings("deprecation") // what takes its place in Table needs a catalog
    public StructType schema() {
      return SCHEMA;
    }

    @Override
    public Set<TableCapability> capabilities() {
      return Set.of(TableCapability.MICRO_BATCH_READ);
    }

    @Override
    public ScanBuilder newScanBuilder(CaseInsensitiveStringMap ignored) {
      return () -> new BlockScan(options);
    }
  }

  private record BlockScan(Map<String, String> options) implements Scan {
    @Override
    public StructType readSchema() {
      return SCHEMA;
    }

    @Override
    public String description() {
      return "blocks of records of topic " + options.get("topic");
    }

    @Override
    public MicroBatchStream toMicroBatchStream(String checkpoint) {
      return new BlockStream(
          options.get("topic"),
          Planner.PLANNERS.get(options.get("planner")),
          consumerSettings(options));
    }
  }
}
