package marketdata.kafka;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * A consumer of values alone, whose polls are bounded by bytes too.
 *
 * <p>Kafka's own bounds by bytes what it fetches, which is compressed, and by records what a poll
 * gives: some kilobytes may be thousands of records of 64 KiB. It unpacks one record after the other,
 * though, and where a value cannot be read it gives what it has, and tries that one with the next
 * poll.
 */
final class BoundedConsumer extends KafkaConsumer<byte[], byte[]> {
  /** A record of the contract has at most 64 KiB; 4 more tell which character a cut falls into. */
  static final int LONGEST = (64 << 10) + 4;

  private static final int MOST_BYTES = 4 << 20;
  private static final Deserializer<byte[]> NO_KEYS = (topic, key) -> null;

  private final Values values;

  BoundedConsumer(Map<String, Object> settings) {
    this(settings, new Values());
  }

  private BoundedConsumer(Map<String, Object> settings, Values values) {
    super(settings, NO_KEYS, values);
    this.values = values;
  }

  /** Gives records of at most {@link #MOST_BYTES} and one more, without keys and headers. */
  @Override
  public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
    values.taken = 0;
    return super.poll(timeout);
  }

  /** Takes values, cut at {@link #LONGEST}, until a poll has enough of them. */
  private static final class Values implements Deserializer<byte[]> {
    private int taken;

    @Override
    public byte[] deserialize(String topic, byte[] value) {
      return deserialize(topic, null, ByteBuffer.wrap(value));
    }

    @Override
    public byte[] deserialize(String topic, Headers headers, ByteBuffer value) {
      if (taken >= MOST_BYTES) {
        throw new SerializationException("left for the next poll");
      }
      for (Header header : headers.toArray()) { // each keeps all of its record in memory
        headers.remove(header.key());
      }
      byte[] kept = new byte[Math.min(value.remaining(), LONGEST)];
      value.get(value.position(), kept); // who has called takes the size from what remains
      taken += kept.length;
      return kept;
    }
  }
}
