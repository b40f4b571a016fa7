package marketdata.windows;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapGroupsWithStateFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.streaming.GroupState;
import org.apache.spark.sql.streaming.GroupStateTimeout;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.types.StructType;

/**
 * Sliding windows out of sums of panes, each given out once the query's watermark has passed its end.
 *
 * <p>Spark's own {@code window()} keeps a row for each window, and works on all that a quote lies in
 * (12 at the defaults) whenever one comes. Here the state has a row for each symbol and source, with
 * its open panes, and they are added up to a window when it is over.
 */
public final class SlidingWindows
    implements FlatMapGroupsWithStateFunction<Row, Row, byte[], Row> {
  /**
   * The columns that it takes: {@code volume_of_the_day} tells that a volume is the day's so far;
   * windows that end at or before {@code final_until}, in microseconds since 1970, were over before
   * the batch. {@code never} is what lets Spark know that there is a watermark.
   */
  public static final String INPUT =
      "symbol string, source string, volume_of_the_day boolean, sums binary, final_until bigint,"
          + " never timestamp";

  /**
   * The columns that it gives: of a window all but {@code late}, its {@code start} in microseconds
   * since 1970; or {@code late} alone: of how many windows that were over quotes have come for.
   */
  public static final String OUTPUT =
      "symbol string, source string, start bigint, sums binary, late bigint";

  private static final String KEY = "symbol string, source string, volume_of_the_day boolean";
  private static final int SUMS = 3;
  private static final int FINAL_UNTIL = 4;
  private static final long NOT_A_STREAM = -1;

  private final long lengthUs;
  private final long slideUs;

  private SlidingWindows(long lengthUs, long slideUs) {
    this.lengthUs = lengthUs;
    this.slideUs = slideUs;
  }

  /** Makes rows of {@link #OUTPUT} out of rows of {@link #INPUT}; a length is a multiple of a slide. */
  public static Dataset<Row> of(Dataset<Row> sums, long lengthUs, long slideUs) {
    return sums
        .groupBy("symbol", "source", "volume_of_the_day")
        .as(Encoders.row(StructType.fromDDL(KEY)), Encoders.row(StructType.fromDDL(INPUT)))
        .flatMapGroupsWithState(
            new SlidingWindows(lengthUs, slideUs),
            OutputMode.Append(),
            Encoders.BINARY(),
            Encoders.row(StructType.fromDDL(OUTPUT)),
            GroupStateTimeout.EventTimeTimeout());
  }

  @Override
  public Iterator<Row> call(Row key, Iterator<Row> rows, GroupState<byte[]> state) {
    boolean volumeOfTheDay = key.getBoolean(2);
    Panes panes =
        state.exists()
            ? new Panes(lengthUs, slideUs, state.get())
            : new Panes(lengthUs, slideUs);
    List<Row> found = new ArrayList<>();
    long late = 0;
    while (rows.hasNext()) {
      Row row = rows.next();
      panes.finalUntil(row.getLong(FINAL_UNTIL));
      late += panes.add(new Sums(ByteBuffer.wrap(row.getAs(SUMS))), volumeOfTheDay);
    }
    if (late > 0) {
      found.add(RowFactory.create(null, null, null, null, late));
    }
    panes.close(
        watermarkUs(state),
        volumeOfTheDay,
        (startUs, sums) ->
            found.add(RowFactory.create(key.get(0), key.get(1), startUs, sums.toBytes(), null)));
    keep(panes, state);
    return found.iterator();
  }

  private static long watermarkUs(GroupState<byte[]> state) {
    long watermarkMs = state.getCurrentWatermarkMs();
    return watermarkMs == NOT_A_STREAM ? Long.MAX_VALUE : watermarkMs * 1000;
  }

  /** Keeps what is open, and has Spark call again when the watermark has reached a window's end. */
  private static void keep(Panes panes, GroupState<byte[]> state) {
    if (panes.isEmpty()) {
      state.remove();
      return;
    }
    state.update(panes.toBytes());
    // Spark calls once the watermark, which has milliseconds, is later than this.
    state.setTimeoutTimestamp(Math.max(1, Math.floorDiv(panes.nextEnd() + 999, 1000) - 1));
  }
}
