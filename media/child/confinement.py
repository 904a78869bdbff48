"""What the media child gives up before it looks at untrusted bytes. Linux; elsewhere, less."""

import codecs
import ctypes
import os
import resource
import signal
import sys

MEMORY_BYTES = 1024**3
"""Address space. A four-minute track needs 70 MB of memory, but threads and libraries map more."""
OPEN_FILES = 32
CPU_S = 60
CPU_PER_AUDIO_S = 0.2

_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "ascii")
"""Those that tags come in."""

_CLONE_NEWNET = 0x4000_0000
_CLONE_NEWUSER = 0x1000_0000
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


def confine(audio_s: float, *, offline: bool = True) -> None:
    """Limit memory, processor time and open files; forbid writing; cut off the network.

    Args:
        audio_s: the longest recording that may be decoded, which sets the processor time.
        offline: False leaves the network, for who has to hear a server.
    """
    cpu_s = int(CPU_S + CPU_PER_AUDIO_S * audio_s)
    _limit(resource.RLIMIT_CPU, cpu_s)
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _limit(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        # Root may have an empty network namespace; others where user namespaces are allowed. Where
        # neither is, FFmpeg's protocol whitelist still stands.
        if offline and libc.unshare(_CLONE_NEWNET) != 0:
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def leave_root() -> None:
    """Go on as nobody when started by root. After all imports: nobody may not read the code."""
    for name in _ENCODINGS:
        codecs.lookup(name)  # each is a module that Python would import at its first use
    if sys.platform == "linux" and os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65_534)
        os.setuid(65_534)


def _limit(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (most, most))
