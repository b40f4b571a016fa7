package marketdata.kafka;

import java.util.UUID;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.streaming.MicroBatchExecution;
import org.apache.spark.sql.execution.streaming.WatermarkTracker;

/**
 * The watermark of the query on whose thread this is called.
 *
 * <p>Spark 3.5 works it out from what a batch has read, for the batch after it. It takes down the
 * watermark together with the offsets of a batch, right after it has asked the source for these; who
 * knows then how far the batch will come can raise it in time, and the batch itself closes its
 * windows. What is late, Spark tells by the watermark of the batch before.
 */
final class Watermark {
  private Watermark() {}

  static void raise(long ms) {
    SparkSession session = SparkSession.active();
    UUID query =
        UUID.fromString(session.sparkContext().getLocalProperty("sql.streaming.queryId"));
    Object execution = session.sharedState().activeStreamingQueries().get(query);
    WatermarkTracker tracker = ((MicroBatchExecution) execution).watermarkTracker();
    if (ms > tracker.currentWatermark()) {
      tracker.setWatermark(ms);
    }
  }
}
