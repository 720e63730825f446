"""`python -m`: the program that runs the site's commands."""

from fastapi_app.commands import program

program(prog_name="python -m fastapi_app")
