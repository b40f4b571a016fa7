package marketdata.kafka;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.consumer.Consumer;

/** Consumers of this process that are connected and not in use, by their settings. */
final class Consumers {
  private static final Map<Map<String, Object>, Queue<Consumer<byte[], byte[]>>> IDLE =
      new ConcurrentHashMap<>();

  private Consumers() {}

  static Consumer<byte[], byte[]> take(Map<String, Object> settings) {
    Consumer<byte[], byte[]> idle = idle(settings).poll();
    return idle == null ? connect(settings) : idle;
  }

  static void give(Map<String, Object> settings, Consumer<byte[], byte[]> consumer) {
    consumer.assign(List.of()); // what it has fetched beyond its range goes
    idle(settings).add(consumer);
  }

  private static Queue<Consumer<byte[], byte[]>> idle(Map<String, Object> settings) {
    return IDLE.computeIfAbsent(settings, it -> new ConcurrentLinkedQueue<>());
  }

  private static Consumer<byte[], byte[]> connect(Map<String, Object> settings) {
    Map<String, Object> all = new HashMap<>(settings);
    all.put("enable.auto.commit", false);
    all.put("auto.offset.reset", "none"); // what has expired is told
    return new BoundedConsumer(all);
  }
}
