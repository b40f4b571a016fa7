package marketdata.windows;

import java.nio.ByteBuffer;

/**
 * What is known of some quotes of one symbol and source: it can be added up, in any order.
 *
 * <p>As bytes it comes from Python, lies in the state, and goes to Python as that of a window: {@code
 * windowing/sums.py} reads and writes the same.
 */
final class Sums {
  static final int BYTES = 11 * Long.BYTES;

  /** Stands for none: Σ volume and Σ price·volume are null where no quote has a volume. */
  private static final double NONE = Double.NaN;

  private long count;
  private double price;
  private double squares;
  private double lowest = Double.POSITIVE_INFINITY;
  private double highest = Double.NEGATIVE_INFINITY;
  private long openUs = Long.MAX_VALUE;
  private double open;
  private long closeUs = Long.MIN_VALUE;
  private double close;
  private double volume = NONE;
  private double turnover = NONE;

  Sums() {}

  Sums(ByteBuffer from) {
    count = from.getLong();
    price = from.getDouble();
    squares = from.getDouble();
    lowest = from.getDouble();
    highest = from.getDouble();
    openUs = from.getLong();
    open = from.getDouble();
    closeUs = from.getLong();
    close = from.getDouble();
    volume = from.getDouble();
    turnover = from.getDouble();
  }

  byte[] toBytes() {
    ByteBuffer to = ByteBuffer.allocate(BYTES);
    write(to);
    return to.array();
  }

  void write(ByteBuffer to) {
    to.putLong(count).putDouble(price).putDouble(squares);
    to.putDouble(lowest).putDouble(highest);
    to.putLong(openUs).putDouble(open).putLong(closeUs).putDouble(close);
    to.putDouble(volume).putDouble(turnover);
  }

  long latestUs() {
    return closeUs;
  }

  /** Adds others; a volume of the day is not added up, the largest is the last. */
  void add(Sums other, boolean volumeOfTheDay) {
    squares += other.squares + squaresBetween(other);
    count += other.count;
    price += other.price;
    lowest = Math.min(lowest, other.lowest);
    highest = Math.max(highest, other.highest);
    if (other.openUs < openUs) {
      openUs = other.openUs;
      open = other.open;
    }
    if (other.closeUs >= closeUs) {
      closeUs = other.closeUs;
      close = other.close;
    }
    if (Double.isNaN(volume)) {
      volume = other.volume;
    } else if (!Double.isNaN(other.volume)) {
      volume = volumeOfTheDay ? Math.max(volume, other.volume) : volume + other.volume;
    }
    if (Double.isNaN(turnover)) {
      turnover = other.turnover;
    } else if (!Double.isNaN(other.turnover)) {
      turnover += other.turnover;
    }
  }

  /** Gives by how much the squares of the differences from the common mean are more. */
  private double squaresBetween(Sums other) {
    if (count == 0) {
      return 0;
    }
    double difference = other.price / other.count - price / count;
    return difference * difference * count * other.count / (count + other.count);
  }
}
