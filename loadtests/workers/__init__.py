"""Load by several processes: on this machine, or on others that connect to it. Locust carries what they say."""
