"""The streaming job: quotes from Kafka, aggregated over sliding windows, into Parquet.

What is where, its README says.
"""
