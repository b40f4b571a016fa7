package marketdata.windows;

import java.nio.ByteBuffer;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * The panes of one symbol and source that are in windows that are not over: what the state keeps.
 *
 * <p>A pane is as long as the windows' slide, and has the sums of its quotes. Windows that end at or
 * before {@code finalUntilUs} (in microseconds since 1970, as all times here) have been given out.
 */
final class Panes {
  private final long lengthUs;
  private final long slideUs;
  private final NavigableMap<Long, Sums> sums = new TreeMap<>();
  private long finalUntilUs;

  Panes(long lengthUs, long slideUs) {
    this.lengthUs = lengthUs;
    this.slideUs = slideUs;
  }

  /** Reads what {@link #toBytes} has written. */
  Panes(long lengthUs, long slideUs, byte[] state) {
    this(lengthUs, slideUs);
    ByteBuffer from = ByteBuffer.wrap(state);
    finalUntilUs = from.getLong();
    while (from.hasRemaining()) {
      sums.put(from.getLong(), new Sums(from));
    }
  }

  byte[] toBytes() {
    ByteBuffer to = ByteBuffer.allocate(Long.BYTES + sums.size() * (Long.BYTES + Sums.BYTES));
    to.putLong(finalUntilUs);
    sums.forEach((pane, its) -> its.write(to.putLong(pane)));
    return to.array();
  }

  boolean isEmpty() {
    return sums.isEmpty();
  }

  /** Learns that windows that end at or before a time have been given out. */
  void finalUntil(long timeUs) {
    finalUntilUs = Math.max(finalUntilUs, timeUs);
  }

  /**
   * Adds the sums of quotes of one pane; gives in how many windows they come too late to count.
   */
  long add(Sums its, boolean volumeOfTheDay) {
    long pane = Math.floorDiv(its.latestUs(), slideUs);
    long windows = lengthUs / slideUs;
    long over = Math.max(0, Math.min(windows, Math.floorDiv(finalUntilUs, slideUs) - pane));
    if (over < windows) {
      sums.computeIfAbsent(pane, it -> new Sums()).add(its, volumeOfTheDay);
    }
    return over;
  }

  /** Gives out, by their start, the windows that end at or before a time, and forgets their panes. */
  void close(long untilUs, boolean volumeOfTheDay, BiConsumer<Long, Sums> take) {
    for (long endUs = nextEnd(); endUs <= untilUs && !sums.isEmpty(); endUs = nextEnd()) {
      Sums window = new Sums();
      sums.headMap(endUs / slideUs, false)
          .values()
          .forEach(its -> window.add(its, volumeOfTheDay));
      take.accept(endUs - lengthUs, window);
      finalUntilUs = endUs;
      forget();
    }
    finalUntil(untilUs);
    forget();
  }

  /** Gives when the first window that has not been given out ends; there must be a pane. */
  long nextEnd() {
    if (sums.isEmpty()) {
      return Long.MAX_VALUE;
    }
    return (Math.floorDiv(Math.max(finalUntilUs, sums.firstKey() * slideUs), slideUs) + 1) * slideUs;
  }

  private void forget() {
    sums.headMap(Math.floorDiv(finalUntilUs - lengthUs, slideUs), true).clear();
  }
}
