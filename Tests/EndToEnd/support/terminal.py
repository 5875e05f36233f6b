"""A program in a pseudo-terminal, and what its screen shows."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import pyte

from .server import clean_environment


class Terminal:
    """A program with a terminal of its own; `text` is the screen as a person would see it."""

    def __init__(self, command: list[str], environment: dict[str, str], *, columns: int = 100, rows: int = 30):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.status: int | None = None
        main, other = pty.openpty()
        self._set_size(main, columns, rows)
        self.before = termios.tcgetattr(main)
        variables = clean_environment({"TERM": "xterm-256color", **environment})
        self.pid = os.fork()
        if self.pid == 0:
            os.close(main)
            os.login_tty(other)
            os.execve(command[0], command, variables)
        os.close(other)
        self.main = main

    @staticmethod
    def _set_size(descriptor: int, columns: int, rows: int):
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns: int, rows: int):
        self.screen.resize(rows, columns)
        self._set_size(self.main, columns, rows)

    def read(self, seconds: float = 0.05):
        """Takes what the program has written."""
        while select.select([self.main], [], [], seconds)[0]:
            try:
                part = os.read(self.main, 1 << 16)
            except OSError:
                return
            if not part:
                return
            self.raw += part
            self.stream.feed(part)
            seconds = 0

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def wait(self, condition, what: str, seconds: float = 30):
        """Until the screen shows something."""
        deadline = time.monotonic() + seconds
        while True:
            self.read()
            if condition(self.text):
                return
            assert time.monotonic() < deadline, f"waited for {what}:\n{self.text}"
            assert self._is_alive(), f"the program ended while it was waited for {what}:\n{self.text}"

    def press(self, keys: str):
        os.write(self.main, keys.encode())

    def _is_alive(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
        return self.status is None

    def wait_end(self, seconds: float = 30) -> int:
        """The exit status, negative for a signal."""
        deadline = time.monotonic() + seconds
        while self._is_alive():
            self.read()
            assert time.monotonic() < deadline, f"the program did not end:\n{self.text}"
        self.read()
        return os.waitstatus_to_exitcode(self.status)

    def wait_stopped(self):
        """Until job control has stopped the program."""
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), status
        self.read()

    @property
    def is_restored(self) -> bool:
        """Whether keys are handled as before, and the first screen is back with its cursor."""
        shown = self.raw.rfind(b"\x1b[?25h"), self.raw.rfind(b"\x1b[?1049l")
        hidden = self.raw.rfind(b"\x1b[?25l"), self.raw.rfind(b"\x1b[?1049h")
        return termios.tcgetattr(self.main) == self.before and shown > hidden

    def close(self):
        if self._is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.main)
