"""`python -m loadtests`: the command `trilane` where the package is not installed, as in a container."""

from loadtests.cli import main

if __name__ == "__main__":
    main()
