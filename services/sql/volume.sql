-- The dataset is on the volume.
SET VARIABLE files = ['/tmp/dataset/*/window_date=*/[!._]*.parquet']; -- data, and none
