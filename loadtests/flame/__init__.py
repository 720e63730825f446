"""Flame graphs: where the processes of a lane spend their time, recorded from outside while the lane is loaded."""
