"""The program's first lines: ``python -m agir_cli`` and the installed ``agir`` both begin here."""

from __future__ import annotations

_INTERRUPTED = 130


def main() -> int:
    """Run the command line of this process; its exit code.

    Ctrl-C while the program is still being loaded leaves at once and says nothing: nothing was
    begun. Once it runs, `cli.app.main` rolls back and says so.
    """
    try:
        import signal

        if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            return _run()  # ignored, as in a background job: it stays so
        signal.signal(signal.SIGINT, _leave)
        from agir_cli.cli import app

        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = app.main()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done: the interpreter closes
        return code
    except KeyboardInterrupt:
        return _INTERRUPTED


def _run() -> int:
    from agir_cli.cli.app import main as run

    return run()


def _leave(_number: int, _frame: object) -> None:
    import os

    # An exception here would come out of a half-made import, as a traceback.
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    raise SystemExit(main())
