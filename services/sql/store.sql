-- The dataset is in an object store.
LOAD '/sql/httpfs.duckdb_extension';
SET ca_cert_file = coalesce(getenv('SSL_CERT_FILE'), ''); -- empty: the authorities of the image
.output /dev/null
CREATE SECRET store (
    TYPE s3, KEY_ID getenv('S3_ACCESS_KEY'), SECRET getenv('S3_SECRET_KEY'),
    REGION coalesce(nullif(getenv('S3_REGION'), ''), 'us-east-1'),
    ENDPOINT coalesce(
        nullif(regexp_replace(getenv('S3_ENDPOINT'), '^https?://', ''), ''),
        's3.' || coalesce(nullif(getenv('S3_REGION'), ''), 'us-east-1') || '.amazonaws.com'
    ),
    USE_SSL NOT starts_with(getenv('S3_ENDPOINT'), 'http:'), URL_STYLE 'path'
);
.output
SET VARIABLE files = [
    '/sql/none/window_date=1970-01-01/none.parquet',
    getenv('DATASET') || '/window_date=*/[!._]*.parquet'
];
