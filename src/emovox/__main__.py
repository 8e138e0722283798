"""`python -m emovox`: the command line."""

from emovox.cli.main import run

if __name__ == "__main__":
    run()
