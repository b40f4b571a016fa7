-- A few ready views of the table `windows`.
SET TimeZone = 'UTC';
SET VARIABLE spike_threshold_pct = coalesce(nullif(getenv('SPIKE_THRESHOLD_PCT'), '')::DOUBLE, 0.5);

-- The newest window of each symbol and source.
CREATE VIEW latest AS
SELECT * FROM windows
QUALIFY row_number() OVER (PARTITION BY symbol, source ORDER BY window_end DESC) = 1
ORDER BY symbol, source;

-- A candle a UTC day, of windows that do not overlap: those that begin at a multiple of their length.
-- Where the length was changed, those that one overlaps that ends later are left out, of those that
-- end together all but the longest: as on the page. By day, so that other days' files stay unread.
CREATE VIEW daily_candles AS
WITH side_by_side AS (
    SELECT * FROM windows
    WHERE epoch_us(window_start) % (epoch_us(window_end) - epoch_us(window_start)) = 0
    QUALIFY coalesce(min(window_start) OVER (
        PARTITION BY symbol, source, window_date ORDER BY window_end, window_start DESC
        ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
    ) >= window_end, true)
)
SELECT
    symbol, source, window_date AS date,
    arg_min(open_price, window_start) AS open_price,
    max(max_price) AS max_price,
    min(min_price) AS min_price,
    arg_max(close_price, window_end) AS close_price,
    CASE WHEN source IN (SELECT source FROM '/sql/volume_of_the_day.parquet')
        THEN max(volume) ELSE sum(volume) END AS volume,
    sum(event_count)::BIGINT AS event_count
FROM side_by_side
GROUP BY symbol, source, window_date
ORDER BY symbol, source, date;

-- Windows whose highest price is far over their mean; those that overlap are one spike. To go by
-- another threshold: SET VARIABLE spike_threshold_pct = 1;
CREATE VIEW spikes AS
WITH far AS (
    SELECT *, lag(window_end) OVER line AS end_before
    FROM windows
    WHERE max_deviation_pct >= getvariable('spike_threshold_pct')
    WINDOW line AS (PARTITION BY symbol, source ORDER BY window_end, window_start)
), numbered AS (
    SELECT *, count_if(end_before IS NULL OR window_start >= end_before) OVER (
        PARTITION BY symbol, source ORDER BY window_end, window_start
    ) AS spike
    FROM far
)
SELECT
    symbol, source, min(window_start) AS begins, max(window_end) AS ends,
    max(max_price) AS max_price, max(max_deviation_pct) AS max_deviation_pct
FROM numbered
GROUP BY symbol, source, spike
ORDER BY begins DESC, symbol, source;
