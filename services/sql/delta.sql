-- The newest version of the table, in which each window is once.
LOAD '/sql/delta.duckdb_extension';
CREATE VIEW windows AS
SELECT * REPLACE (window_date::DATE AS window_date) FROM delta_scan(getenv('DATASET'));
