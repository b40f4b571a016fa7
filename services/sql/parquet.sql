-- Each window once: the files of an hour and the one that they are merged into are there together for
-- a while. A file without rows gives the columns, those that older files lack too. Names that begin with
-- . or _ are nobody's business.
CREATE VIEW windows AS
SELECT DISTINCT ON (symbol, source, window_start, window_end) *
FROM read_parquet(
    getvariable('files'),
    hive_partitioning = true, hive_types = {'window_date': DATE}, union_by_name = true
);
