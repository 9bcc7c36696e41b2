"""The picture of what a submission changes in its flow."""
