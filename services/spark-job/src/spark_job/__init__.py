"""The streaming job: quotes from Kafka, aggregated over sliding windows, into Parquet.

=====================  ===========================================================================
module                 what it does
=====================  ===========================================================================
:mod:`.app`            starts, runs and stops the job
:mod:`.preparation`    waits for what a start needs, and determines where to begin reading
:mod:`.output`         puts together what writes the windows
:mod:`.settings`       what the environment says
:mod:`.session`        the Spark session
:mod:`.pipeline`       puts reading, checking, windowing and writing together to a query
:mod:`.reading`        the topic and its broker, and the checkpoint that says where to begin
:mod:`.checking`       from the bytes of a record to checked events; what is refused to its topic
:mod:`.windowing`      from checked events to aggregates
:mod:`.writing`        each batch once to the dataset, then its windows to their topic
:mod:`.maintenance`    compaction and retention of the dataset
:mod:`.monitoring`     status file, metrics, consumer lag, liveness; ends a process that hangs
:mod:`.background`     runs work on a thread of its own, beside other work
:mod:`.processors`     how many processors the container may use
:mod:`.class_archive`  run when the image is built: the classes that its JVM starts from
:mod:`.errors`         what can end the job, and with which exit code
=====================  ===========================================================================
"""
