"""The rows of the endpoint table, by topic, each beside the parameters that it names."""
