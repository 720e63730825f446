"""What is added to Locust's web UI: guards, the choice of a lane, and the tabs Server, Compare and Code."""
