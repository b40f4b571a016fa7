package marketdata.kafka;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Decides what the query reads next; the job's own, in Python. It runs on the driver, on the query's
 * thread, and gives what Spark keeps in its log of offsets (see {@link Plan}).
 */
public interface Planner {
  /** Gives the plan from before the first batch. */
  String first();

  /** Gives the plan of the batch after the one that ended at {@code plan}; null while there is none. */
  String next(String plan);

  /** The planners of this driver, by the name that the source's option {@code planner} gives. */
  Map<String, Planner> PLANNERS = new ConcurrentHashMap<>();

  static void register(String name, Planner planner) {
    PLANNERS.put(name, planner);
  }
}
