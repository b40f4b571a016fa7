"""Certificates, passwords, and who may do what with Kafka (`compose.secure.yaml`)."""
