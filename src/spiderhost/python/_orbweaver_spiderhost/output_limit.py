"""Keeps a run's output files below their limit while the spider writes to them directly."""

from __future__ import annotations

import os


def limit_output(path: str, limit: int) -> None:
    """Cuts a file that is larger than `limit` bytes to that length and one line that says so.

    Its writers append, so they go on at the new end, and what they add is cut again the next time.
    """
    notice = f"\n[orbweaver: this output reached its limit of {limit} bytes; the rest is discarded]\n".encode()
    try:
        if os.stat(path).st_size <= limit + len(notice):
            return
        file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.ftruncate(file, limit)
            # Not appended: a line that the spider wrote since the cut must not come before the notice.
            os.pwrite(file, notice, limit)
            os.ftruncate(file, limit + len(notice))
        finally:
            os.close(file)
    except OSError:
        # The file is gone or cannot be cut now; the next check tries again.
        return
