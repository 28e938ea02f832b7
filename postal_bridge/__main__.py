"""`python -m postal_bridge` and the `postal-bridge` command."""

import os
import sys

from postal_bridge.cli import run


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:], environ=os.environ))


if __name__ == "__main__":
    main()
