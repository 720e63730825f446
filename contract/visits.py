"""What is counted when a page is shown, and the cookie by which a visitor is known again."""

COOKIE = "visitor"
LIFETIME_S = 31_536_000
# The template whose renderings are counted apart.
LOGIN_PAGE = "login.html"
