"""The floor of what is possible: imports Scrapy once, and forks a crawl for each line from a socket.

    python fork_server.py SOCKET PROJECT-FOLDER SLOTS

A line is the payload of one run. No records, no exits, one log for all: nothing that a daemon is for.
"""

import atexit
import gc
import os
import select
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import NoReturn

sys.path.append(str(Path(__file__).resolve().parents[2] / "src" / "spiderhost" / "python"))

from _orbweaver_spiderhost.preimport import preimport  # noqa: E402

SPIDER = "first-line"


def main() -> None:
    path, project, slots = sys.argv[1], sys.argv[2], int(sys.argv[3])
    preimport()
    os.chdir(project)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1)
    print("serving", flush=True)
    connection, _ = listener.accept()
    serve(connection, slots)


def serve(connection: socket.socket, slots: int) -> None:
    wakeup, writer = os.pipe()
    for descriptor in (wakeup, writer):
        os.set_blocking(descriptor, False)
    signal.set_wakeup_fd(writer)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    gc.collect()
    gc.freeze()
    waiting: list[str] = []
    received = b""
    running = 0
    while True:
        ready, _, _ = select.select([connection, wakeup], [], [])
        if connection in ready:
            chunk = connection.recv(65536)
            if not chunk:
                return
            *lines, received = (received + chunk).split(b"\n")
            waiting += [line.decode() for line in lines]
        if wakeup in ready:
            os.read(wakeup, 4096)
            running -= reap()
        while waiting and running < slots:
            payload = waiting.pop(0)
            if os.fork() == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                connection.close()
                crawl(payload)
            running += 1


def reap() -> int:
    """How many children have ended."""
    count = 0
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            count += 1
    except ChildProcessError:
        pass
    return count


def crawl(payload: str) -> NoReturn:
    """Without Scrapy's command line, which alone takes 5 ms."""
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.utils.project import get_project_settings

    # As Orbweaver does: Linux shares the processors among sessions first.
    os.setsid()
    log = os.open("spiders.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for output in (1, 2):
        os.dup2(log, output)
    code = 1
    try:
        process = AsyncCrawlerProcess(get_project_settings())
        process.crawl(SPIDER, payload=payload)
        process.start()
        code = 0
    finally:
        # All that the end of an interpreter does for a spider.
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
