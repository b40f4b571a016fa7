package marketdata.kafka;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.util.CollectionAccumulator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads ranges of a topic's partitions in blocks, each partition in its order. */
final class BlockReader implements PartitionReader<InternalRow> {
  private static final Logger LOG = LoggerFactory.getLogger(BlockReader.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  /** What the consumer says of a batch that fails its checksum, and where the broker says it. */
  private static final Pattern DAMAGED =
      Pattern.compile("(?:the next record from|for topic-partition) (\\S+)-(\\d+)\\b");

  private final Map<String, Object> settings;
  private final CollectionAccumulator<String> damaged;
  private final long finalUntilMs;
  private final Consumer<byte[], byte[]> consumer;
  private final Map<TopicPartition, Long> unfinished = new HashMap<>();
  private final Map<TopicPartition, Long> firstDamaged = new HashMap<>();
  private final Queue<Block> blocks = new ArrayDeque<>();
  private Block block;
  private long lastReadNs = System.nanoTime();
  private boolean failed = true; // until it has come to its end

  /** Windows that end at or before {@code finalUntilMs} were over before the batch. */
  BlockReader(
      Map<String, Object> settings,
      CollectionAccumulator<String> damaged,
      List<Plan.Range> ranges,
      long finalUntilMs) {
    this.settings = settings;
    this.damaged = damaged;
    this.finalUntilMs = finalUntilMs;
    consumer = Consumers.take(settings);
    ranges.forEach(range -> unfinished.put(range.where(), range.until()));
    consumer.assign(unfinished.keySet());
    ranges.forEach(range -> consumer.seek(range.where(), range.from()));
  }

  @Override
  public boolean next() {
    while (blocks.isEmpty() && !unfinished.isEmpty()) {
      read();
    }
    block = blocks.poll();
    failed = block != null;
    return block != null;
  }

  @Override
  public InternalRow get() {
    return block.row(finalUntilMs);
  }

  @Override
  public void close() {
    if (failed) {
      consumer.close(Duration.ZERO);
    } else {
      Consumers.give(settings, consumer);
    }
  }

  private void read() {
    ConsumerRecords<byte[], byte[]> records = poll();
    for (TopicPartition where : records.partitions()) {
      tellDamage(where, records.records(where).get(0).offset());
      pack(where, records.records(where));
    }
    boolean came = unfinished.entrySet().removeIf(it -> isRead(it.getKey(), it.getValue()));
    if (came || !records.isEmpty()) {
      lastReadNs = System.nanoTime();
    } else if (System.nanoTime() - lastReadNs > PATIENCE.toNanos()) {
      throw new IllegalStateException(
          "no answer from Kafka for " + PATIENCE.toSeconds() + " s while reading " + unfinished);
    }
  }

  private ConsumerRecords<byte[], byte[]> poll() {
    try {
      return consumer.poll(POLL);
    } catch (OffsetOutOfRangeException error) {
      error.offsetOutOfRangePartitions().forEach(this::skipExpired);
      return ConsumerRecords.empty();
    } catch (KafkaException error) {
      Matcher named = DAMAGED.matcher(String.valueOf(error.getMessage()));
      if (!named.find()) {
        throw error;
      }
      skipDamaged(new TopicPartition(named.group(1), Integer.parseInt(named.group(2))));
      return ConsumerRecords.empty();
    }
  }

  /** Tries the next offset: which records are in a damaged batch is not known. */
  private void skipDamaged(TopicPartition where) {
    long offset = consumer.position(where);
    firstDamaged.putIfAbsent(where, offset);
    consumer.seek(where, offset + 1);
    lastReadNs = System.nanoTime();
  }

  private void tellDamage(TopicPartition where, long behind) {
    Long first = firstDamaged.remove(where);
    if (first != null) {
      damaged.add(
          String.format(
              "partition %d: offsets %d to %d (%d records) are damaged on the broker's disk, and"
                  + " left out",
              where.partition(), first, behind - 1, behind - first));
    }
  }

  private void skipExpired(TopicPartition where, long offset) {
    long earliest = consumer.beginningOffsets(List.of(where)).get(where);
    if (earliest <= offset) {
      throw new IllegalStateException("offset " + offset + " of " + where + " is not there");
    }
    LOG.warn("{}: offsets {} to {} expired before they were read", where, offset, earliest - 1);
    consumer.seek(where, earliest);
  }

  private boolean isRead(TopicPartition where, long until) {
    if (consumer.position(where) < until) {
      return false;
    }
    tellDamage(where, consumer.position(where));
    consumer.pause(List.of(where));
    return true;
  }

  private void pack(TopicPartition where, List<ConsumerRecord<byte[], byte[]>> records) {
    long until = unfinished.getOrDefault(where, 0L);
    Block last = new Block(where.partition());
    for (ConsumerRecord<byte[], byte[]> record : records) {
      if (record.offset() >= until) {
        break;
      }
      last.add(record);
      if (last.isFull()) {
        blocks.add(last);
        last = new Block(where.partition());
      }
    }
    if (!last.isEmpty()) {
      blocks.add(last);
    }
  }
}
