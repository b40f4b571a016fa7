package marketdata.kafka;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.connector.read.streaming.Offset;

/**
 * What a batch reads: an offset of Spark's. It is a JSON object with, under the topic's name, the
 * offset of each partition that the batch reads up to; under {@code begins at} that from which on it
 * reads; and under {@code watermark ms} where the watermark stands once it is read, in milliseconds
 * since 1970. What else is in it is the planner's.
 */
final class Plan extends Offset {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final String json;
  private final JsonNode content;

  Plan(String json) {
    this.json = json;
    try {
      content = MAPPER.readTree(json);
    } catch (JsonProcessingException error) {
      throw new IllegalArgumentException("no plan of a batch: " + json, error);
    }
  }

  @Override
  public String json() {
    return json;
  }

  long watermarkMs() {
    return content.path("watermark ms").asLong(0);
  }

  /** Cuts what the batch reads into about as many pieces for tasks, none needlessly small. */
  List<List<Range>> tasks(String topic, int most, long fewestRecords) {
    List<Range> ranges = ranges(topic);
    long records = ranges.stream().mapToLong(Range::records).sum();
    long quota = Math.max(fewestRecords, (records + most - 1) / most);
    List<List<Range>> tasks = new ArrayList<>();
    List<Range> task = new ArrayList<>();
    long room = quota;
    for (Range range : ranges) {
      for (long from = range.from(); from < range.until(); ) {
        long until = Math.min(range.until(), from + room);
        task.add(new Range(range.topic(), range.partition(), from, until));
        room -= until - from;
        from = until;
        if (room == 0) {
          tasks.add(task);
          task = new ArrayList<>();
          room = quota;
        }
      }
    }
    if (!task.isEmpty()) {
      tasks.add(task);
    }
    return tasks;
  }

  private List<Range> ranges(String topic) {
    Map<Integer, Long> begins = offsets("begins at");
    List<Range> ranges = new ArrayList<>();
    offsets(topic).forEach((partition, until) -> {
      long from = begins.getOrDefault(partition, until);
      if (from < until) {
        ranges.add(new Range(topic, partition, from, until));
      }
    });
    return ranges;
  }

  private Map<Integer, Long> offsets(String name) {
    Map<Integer, Long> offsets = new TreeMap<>();
    content.path(name).fields()
        .forEachRemaining(it -> offsets.put(Integer.valueOf(it.getKey()), it.getValue().asLong()));
    return offsets;
  }

  /** Records of a partition: from the first offset on, up to the second, which is left out. */
  record Range(String topic, int partition, long from, long until)
      implements java.io.Serializable {
    long records() {
      return until - from;
    }

    TopicPartition where() {
      return new TopicPartition(topic, partition);
    }
  }
}
