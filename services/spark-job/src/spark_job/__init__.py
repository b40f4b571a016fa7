"""The streaming job: quotes from Kafka, aggregated over sliding windows, into Parquet.

=====================  =======================================================
module                 what it does
=====================  =======================================================
:mod:`.app`            the life of the job: start, run, stop
:mod:`.settings`       what the environment says
:mod:`.broker`         asks Kafka which cluster it is and what the topic holds
:mod:`.checkpoint`     decides from the checkpoint and its note how to start
:mod:`.session`        the Spark session
:mod:`.source`         reads the topic
:mod:`.decode`         checks the bytes of records, in Python over Arrow
:mod:`.bulk`           a short cut for many plain records at once
:mod:`.partials`       one row for all quotes of a symbol, source and pane
:mod:`.dead_letters`   hands over what is refused, from inside the decoder
:mod:`.windows`        partial sums to aggregates, DataFrame to DataFrame
:mod:`.sink`           one Parquet file a batch and date
:mod:`.keeping`        merges the files of closed hours, removes old ones
:mod:`.pipeline`       puts these together to a query
:mod:`.progress`       what a batch's progress says of the job
:mod:`.report`         the status file
:mod:`.lag`            how far behind the job is, asked of the broker
:mod:`.metrics`        the same numbers for Prometheus
:mod:`.life`           when the query was last seen to get on
:mod:`.watchdog`       ends a process whose query hangs
:mod:`.class_archive`  what the image's JVM starts from, when the image is built
:mod:`.errors`         what can end the job, and with which exit code
=====================  =======================================================
"""
