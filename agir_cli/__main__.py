"""``python -m agir_cli`` is the same program as the installed ``agir``."""

from agir_cli.cli.app import main

if __name__ == "__main__":
    raise SystemExit(main())
