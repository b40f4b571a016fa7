package marketdata.kafka;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;

/**
 * Records of one partition in one row, since a row each is what costs most on their way to Python.
 *
 * <p>Columns: {@code partition}; {@code offsets} and {@code timestamps} (Kafka's, in milliseconds), 8
 * bytes for each record; {@code sizes} of the values in bytes, 4 for each, -1 for a tombstone;
 * {@code lines}, the values, each followed by a line feed; and {@code final_until}, in milliseconds
 * since 1970: windows that end then or before were over before the batch. Numbers are little-endian.
 * What is longer than {@link BoundedConsumer#LONGEST} is cut: it is refused for its size anyway.
 */
final class Block {
  private static final int MOST_BYTES = 4 << 20;
  private static final int MOST_RECORDS = 20_000;

  private final int partition;
  private ByteBuffer offsets = buffer(1 << 13);
  private ByteBuffer timestamps = buffer(1 << 13);
  private ByteBuffer sizes = buffer(1 << 12);
  private ByteBuffer lines = buffer(1 << 18);
  private int records;

  Block(int partition) {
    this.partition = partition;
  }

  void add(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.value();
    (offsets = room(offsets, Long.BYTES)).putLong(record.offset());
    (timestamps = room(timestamps, Long.BYTES)).putLong(record.timestamp());
    (sizes = room(sizes, Integer.BYTES)).putInt(record.serializedValueSize());
    if (value != null) {
      (lines = room(lines, value.length + 1)).put(value).put((byte) '\n');
    }
    records++;
  }

  boolean isFull() {
    return records >= MOST_RECORDS || lines.position() >= MOST_BYTES;
  }

  boolean isEmpty() {
    return records == 0;
  }

  InternalRow row(long finalUntilMs) {
    return new GenericInternalRow(
        new Object[] {
          partition, bytes(offsets), bytes(timestamps), bytes(sizes), bytes(lines), finalUntilMs
        });
  }

  private static byte[] bytes(ByteBuffer buffer) {
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  private static ByteBuffer room(ByteBuffer buffer, int bytes) {
    if (buffer.remaining() >= bytes) {
      return buffer;
    }
    return buffer(Math.max(2 * buffer.capacity(), buffer.position() + bytes)).put(buffer.flip());
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
