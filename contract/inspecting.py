"""What `request` shows of a request, and what it leaves with the caller."""

# The headers that are shown; all of them would show what servers and proxies add.
SHOWN = ("Accept", "Accept-Language", "Content-Type", "User-Agent")
HEADER = ("X-Seen", "yes")
# A cookie for as long as the browser is open, which no script reads.
COOKIE = ("seen", "yes")
