"""What a WAV file's header promises (Microsoft RIFF; EBU Tech 3306 for RF64 is left to FFmpeg).

FFmpeg shortens the promise to what is there, so a file that was cut looks whole to it.
"""

import os

_UNKNOWN = (0, 0xFFFF_FFFF)
"""What recorders write into a header that they cannot finish."""
_MAX_CHUNKS = 64


def promised_wav_ms(fd: int, start: int = 0) -> int | None:
    """Length that the `data` chunk is said to have; None when nothing credible says it."""
    position = start + 12
    bytes_per_s = 0
    for _ in range(_MAX_CHUNKS):
        head = os.pread(fd, 8, position)
        if len(head) < 8:
            return None
        size = int.from_bytes(head[4:], "little")
        if head[:4] == b"fmt ":
            bytes_per_s = int.from_bytes(os.pread(fd, 12, position + 8)[8:12], "little")
        elif head[:4] == b"data":
            return None if size in _UNKNOWN or bytes_per_s == 0 else size * 1_000 // bytes_per_s
        position += 8 + size + (size & 1)
    return None
