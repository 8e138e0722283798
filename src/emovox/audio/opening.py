"""Opening an input file: once, only a regular one, never waiting for a pipe or a device."""

from __future__ import annotations

import errno
import io
import os
import stat

from ..errors import InputError


def open_regular(path: str) -> io.BufferedReader:
    """Open a regular file for reading, once, without ever waiting for a pipe or device.

    Raises
    ------
    InputError
        ``bad-path``, ``file-missing``, ``not-a-file``, ``no-permission`` or ``read-failed``.
    """
    if "\0" in path:
        raise InputError("bad-path", "the name contains a NUL character", name=repr(path))
    flags = os.O_RDONLY
    for extra in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, extra, 0)
    try:
        descriptor = os.open(os.fsencode(path), flags)
    except OSError as error:
        raise _why_not(path, error) from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise _not_a_file(path, mode)
    return os.fdopen(descriptor, "rb")


def _why_not(path: str, error: OSError) -> InputError:
    """Say why a file could not be opened, from what the system said."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
        target = ""
        if os.path.islink(path):
            loops = error.errno == errno.ELOOP
            target = f" (link to {'itself' if loops else os.readlink(path) + ', which is missing'})"
        return InputError("file-missing", f"there is no such file{target}", name=path)
    if error.errno in (errno.EACCES, errno.EPERM):
        if os.path.isdir(path):  # Windows refuses folders this way
            return _not_a_file(path, stat.S_IFDIR)
        return InputError("no-permission", "may not be read by this user", name=path)
    if error.errno == errno.ENXIO:
        return _not_a_file(path, stat.S_IFSOCK)
    return InputError(
        "read-failed", f"the system could not read it: {error.strerror or error}", name=path
    )


def _not_a_file(path: str, mode: int) -> InputError:
    kinds = {stat.S_IFDIR: "folder", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}
    kind = kinds.get(stat.S_IFMT(mode), "device")
    return InputError("not-a-file", f"is a {kind}; give a recording, or `-` for stdin", name=path)
