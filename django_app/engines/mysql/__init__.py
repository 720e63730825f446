"""Django's engine for MariaDB."""
