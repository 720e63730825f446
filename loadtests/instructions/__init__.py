"""Count the instructions that one request costs: the same figure twice, whatever else the machine does."""
