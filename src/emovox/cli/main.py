"""The entry of the command line: finds the command, reports errors, sets the exit status."""

from __future__ import annotations

import atexit
import importlib
import os
import signal
import sys
import traceback
from typing import Any

import typer
import typer.main
from typer.core import TyperGroup

from .. import __version__
from ..atomic import unwritable
from ..errors import EmovoxError, OutputError
from ..server.leash import end_with_the_parent
from ..visible import visible
from .notices import plain_warnings
from .processes import leads
from .progress import speaks_json, tell

COMMANDS: dict[str, str] = {
    "predict": "Recognise the emotions of recordings.",
    "listen": "Listen to a microphone: emotions on a moving timeline.",
    "corpora": "List, show, check and export speech corpora.",
    "features": "List features, or extract them to a file.",
    "methods": "List methods, or show one.",
    "train": "Train a method on corpora; gives a model folder.",
    "bench": "Compare methods under an honest protocol; gives records and a table.",
    "audit": "What a split shares between its train and test parts.",
    "report": "Tables and a page from records.",
    "models": "List, show, verify and fetch model folders.",
    "serve": "Serve the page and the HTTP and WebSocket service.",
    "doctor": "What is installed, what is missing, what would help.",
}
"""Name -> one line of help; `emovox.cli.NAME` holds `app` or `command`, imported when used."""

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Held to one thread unless the user says otherwise: the matrices of one utterance are so small
that several threads wait for each other; `--jobs` uses processes."""

# Some releases of typer bring their own click, others use the package: take it from typer.
_ClickUsageError: Any = typer.BadParameter.__base__


class LazyGroup(TyperGroup):
    """A group of commands whose modules are imported only when they are asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"emovox.cli.{cmd_name}")
        if hasattr(module, "app"):
            return typer.main.get_command(module.app)
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(name=cmd_name, help=COMMANDS[cmd_name])(module.command)
        return typer.main.get_command(single)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


app = typer.Typer(
    cls=LazyGroup,
    add_completion=False,
    rich_markup_mode=None,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"emovox {__version__}")
        raise typer.Exit


@app.callback()
def main(
    ctx: typer.Context,
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
    debug: bool = typer.Option(False, "--debug", help="Show tracebacks of errors."),
) -> None:
    """Recognise emotions in speech, and measure honestly how well."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help(), err=True)
        raise typer.Exit(2)


def run() -> None:
    """Run the command line and leave with its exit status."""
    outcome: list[int] = []
    atexit.register(_leave, outcome)  # registered before all others, so that it is called last
    try:
        outcome.append(status(sys.argv[1:]))
    except SystemExit as ended:  # SIGTERM
        outcome.append(ended.code if isinstance(ended.code, int) else 1)
    sys.exit(outcome[0])


def _leave(outcome: list[int]) -> None:
    """End here where ONNX Runtime was used.

    After Ctrl-C the process now and then aborted while it was taken apart, with no frame of Python
    left ("terminate called without an active exception"), and its exit status was lost.
    """
    if not outcome or "onnxruntime" not in sys.modules:
        return
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            continue
    os._exit(outcome[0])


def status(arguments: list[str]) -> int:
    """Run one command line; return its exit status (0, 1, 2, 3, 130, 141, 143)."""
    debug = "--debug" in arguments
    for variable in THREADS:
        os.environ.setdefault(variable, "1")
    _open_standard_streams()
    if sys.stdout is None:  # closed before we began: whatever we find would be lost
        return _report(OutputError("output-unwritable", "is closed", name="standard output"))
    signal.signal(signal.SIGTERM, _terminated)
    end_with_the_parent()
    try:
        with plain_warnings():
            code = _invoke(arguments)
        sys.stdout.flush()
    except EmovoxError as error:
        if debug:
            traceback.print_exc()
        code = _report(error)
    except KeyboardInterrupt as stop:
        notes = getattr(stop, "__notes__", ())  # how a training that was stopped goes on
        for note in notes if notes and leads() else ():
            _say(f"emovox: {note}")
        code = 130
    except BrokenPipeError:
        _silence_stdout()
        code = 141 if os.name != "nt" else 1
    except OSError as error:
        if debug:
            traceback.print_exc()
        _silence_stdout()
        code = _report(unwritable(error.filename or "standard output", error))
    except Exception as error:  # a fault of ours, which takes one line too
        if debug:
            traceback.print_exc()
        said = f"{type(error).__name__}: {error}"
        _say(f"emovox: a fault of emovox: {said}; please report it with what --debug prints")
        code = 3
    return code


def _invoke(arguments: list[str]) -> int:
    """Parse and run; click's own errors become our sentence and status 2."""
    command: Any = typer.main.get_command(app)
    try:
        # Not command.main(): it takes a closed pipe for an error of its own.
        with command.make_context("emovox", arguments) as context:
            outcome = command.invoke(context)
    except _ClickUsageError as error:
        message = error.format_message()
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(message, err=True)
        else:
            where = f" (see `{error.ctx.command_path} --help`)" if error.ctx else ""
            _say(f"emovox: {message}{where}")
        return 2
    except typer.Exit as error:
        return int(error.exit_code)
    except typer.Abort:
        return 130
    return outcome if isinstance(outcome, int) else 0


def _report(error: EmovoxError) -> int:
    """Print the sentence of an error; return its exit status."""
    _say(f"emovox: {error}")
    if speaks_json():
        tell(error={"code": error.code, "message": error.sentence, "name": error.name})
    return error.exit_status


def _say(sentence: str) -> None:
    """Print one line on stderr, whatever it holds; a closed stderr is no error."""
    try:
        sys.stderr.write("\n".join(visible(line) for line in sentence.splitlines()) + "\n")
    except (OSError, ValueError):
        return


def _open_standard_streams() -> None:
    """Put the null device where a standard stream is closed, and write UTF-8 everywhere."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8")  # the null device by now
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _silence_stdout() -> None:
    """Keep the interpreter from complaining at exit about a reader that has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminated(signum: int, frame: object) -> None:
    raise SystemExit(128 + signum)
