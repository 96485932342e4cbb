"""What is new in a PostgreSQL table or a Kafka topic, brought into the input's spool. Landing it belongs in `ingestion/bronze/`."""
