"""The frameworks with nothing of the site but `hello` and what runs around it, written the shortest way.

What a part costs is told by leaving it out: `# part: NAME` at the end of a line names the part that the line, and what
is indented below it, belong to.
"""
