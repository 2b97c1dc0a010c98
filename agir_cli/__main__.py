"""The program's first lines: ``python -m agir_cli`` and the installed ``agir`` both begin here."""

from __future__ import annotations

_INTERRUPTED = 130


def main() -> int:
    """Run the command line of this process; its exit code.

    Ctrl-C while the program is still being loaded leaves at once and says nothing: nothing was
    begun. Once it runs, `cli.app.main` rolls back and says so.
    """
    try:
        import os
        import signal

        # Ignored, as in a background job, it stays so.
        heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if heard:
            # An exception would come out of a half-made import, as a traceback.
            signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
        from agir_cli.cli import app

        if heard:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = app.main()
        if heard:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done: the interpreter closes
        return code
    except KeyboardInterrupt:
        return _INTERRUPTED


if __name__ == "__main__":
    raise SystemExit(main())
