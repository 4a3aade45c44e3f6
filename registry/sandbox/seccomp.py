"""A filter of system calls (seccomp BPF, Linux) that takes the network from this process for good.

socket() then fails for all but local sockets, in native libraries too: pyoxigraph performs SERVICE and LOAD over HTTP,
and has no switch for that. No worker starts without the filter.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

_SOCKET = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}  # audit architecture, number of socket()
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER_MODE = 38, 22, 2
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # classic BPF: ld [k], jeq k, ret k
_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
_AF_UNIX = 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def deny_network() -> None:
    """Make socket() fail with EPERM in this process and its children. Raises OSError if the kernel refuses."""
    if platform.machine() not in _SOCKET:
        raise OSError(errno.ENOSYS, f"no seccomp filter for the processor {platform.machine()}")
    architecture, number = _SOCKET[platform.machine()]
    instructions = b"".join(
        struct.pack("HBBI", *instruction)  # code, jump if true, jump if false, k (struct sock_filter)
        for instruction in (
            (_LOAD, 0, 0, 4),  # seccomp_data.arch
            (_EQUAL, 1, 0, architecture),
            (_RETURN, 0, 0, _KILL),
            (_LOAD, 0, 0, 0),  # seccomp_data.nr
            (_EQUAL, 0, 3, number),
            (_LOAD, 0, 0, 16),  # first argument: the address family
            (_EQUAL, 1, 0, _AF_UNIX),
            (_RETURN, 0, 0, _ERRNO | errno.EPERM),
            (_RETURN, 0, 0, _ALLOW),
        )
    )
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(instructions)
    program = _Program(len(instructions) // 8, ctypes.addressof(buffer))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program)):
        raise OSError(ctypes.get_errno(), "the kernel refused the seccomp filter")
