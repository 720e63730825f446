"""The commands: a module is found by its name, and holds a class of this name."""
