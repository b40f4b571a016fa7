package drain;

import com.alibaba.fastjson2.JSONObject;

/** A window's length and slide, and how it is written; times are in microseconds since 1970. */
final class Window {
    static final long SLIDE_US = 5_000_000;
    static final int PANES = 12;
    static final long LENGTH_US = PANES * SLIDE_US;

    private Window() {}

    /** Write the window of a symbol that ends then. */
    static String toJson(String symbol, long endUs, Sums sums) {
        Double deviation = sums.count > 1 ? Math.sqrt(sums.squares / (sums.count - 1)) : null;
        Double vwap = sums.volume > 0 ? sums.turnover / sums.volume : null;
        return new JSONObject()
                .fluentPut("symbol", symbol)
                .fluentPut("window_start", endUs - LENGTH_US)
                .fluentPut("window_end", endUs)
                .fluentPut("avg_price", sums.mean)
                .fluentPut("max_price", sums.maxPrice)
                .fluentPut("min_price", sums.minPrice)
                .fluentPut("open_price", sums.openPrice)
                .fluentPut("close_price", sums.closePrice)
                .fluentPut("stddev_price", deviation)
                .fluentPut("volume", sums.volume)
                .fluentPut("event_count", sums.count)
                .fluentPut("max_deviation_pct", 100 * (sums.maxPrice - sums.mean) / sums.mean)
                .fluentPut("vwap", vwap)
                .toString();
    }
}
