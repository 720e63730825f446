"""The duet: two servers loaded at the same moment on the same core, so that whatever disturbs one disturbs the other.

It tells small differences between like and like: one lane with one thing changed. See docs/duet.md.
"""
