package marketdata.windows;

import java.nio.ByteBuffer;
import org.apache.spark.sql.Row;

/** What is known of some quotes of one symbol and source: it can be added up, in any order. */
final class Sums {
  static final int BYTES = 12 * Long.BYTES;

  /** Stands for none: Σ volume and Σ price·volume are null where no quote has a volume. */
  private static final double NONE = Double.NaN;

  private long count;
  private double price;
  private double squares;
  private double squaresWithin;
  private double lowest = Double.POSITIVE_INFINITY;
  private double highest = Double.NEGATIVE_INFINITY;
  private long openUs = Long.MAX_VALUE;
  private double open;
  private long closeUs = Long.MIN_VALUE;
  private double close;
  private double volume = NONE;
  private double turnover = NONE;

  Sums() {}

  /** Takes a row of {@link SlidingWindows#INPUT}. */
  Sums(Row row) {
    closeUs = row.getLong(3);
    openUs = row.getLong(4);
    open = row.getDouble(5);
    close = row.getDouble(6);
    lowest = row.getDouble(7);
    highest = row.getDouble(8);
    count = row.getLong(9);
    price = row.getDouble(10);
    squares = price * price / count;
    squaresWithin = row.getDouble(11);
    volume = row.isNullAt(12) ? NONE : row.getDouble(12);
    turnover = row.isNullAt(13) ? NONE : row.getDouble(13);
  }

  Sums(ByteBuffer from) {
    count = from.getLong();
    price = from.getDouble();
    squares = from.getDouble();
    squaresWithin = from.getDouble();
    lowest = from.getDouble();
    highest = from.getDouble();
    openUs = from.getLong();
    open = from.getDouble();
    closeUs = from.getLong();
    close = from.getDouble();
    volume = from.getDouble();
    turnover = from.getDouble();
  }

  void write(ByteBuffer to) {
    to.putLong(count).putDouble(price).putDouble(squares).putDouble(squaresWithin);
    to.putDouble(lowest).putDouble(highest);
    to.putLong(openUs).putDouble(open).putLong(closeUs).putDouble(close);
    to.putDouble(volume).putDouble(turnover);
  }

  long latestUs() {
    return closeUs;
  }

  /** Adds others; a volume of the day is not added up, the largest is the last. */
  void add(Sums other, boolean volumeOfTheDay) {
    count += other.count;
    price += other.price;
    squares += other.squares;
    squaresWithin += other.squaresWithin;
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

  /** Makes a row of {@link SlidingWindows#OUTPUT}. */
  Row of(String symbol, String source, long startUs) {
    return SlidingWindows.row(
        symbol, source, startUs, open, close, lowest, highest, count, price, squares,
        squaresWithin, orNull(volume), orNull(turnover), null);
  }

  private static Double orNull(double value) {
    return Double.isNaN(value) ? null : value;
  }
}
