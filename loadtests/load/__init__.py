"""The lean HTTP client for gevent and what it records; importing this package alone imports neither."""
