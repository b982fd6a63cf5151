"""The spider host's entry: `python host_main.py --folder FOLDER [--idle SECONDS]`.

Prints one line of JSON when it serves, or why it does not, and then writes to its log only.
"""

import argparse
import gc
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

# At the end, and removed again for the spiders: what they import is theirs.
_own = str(Path(__file__).resolve().parent)
sys.path[:] = [*(entry for entry in sys.path if entry != _own), _own]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--idle", type=float, default=60.0)
    arguments = parser.parse_args()

    from _orbweaver_spiderhost.host_folder import HostFolder, HostFolderInUse, log, log_to_file

    try:
        # Before the imports take their time: who connects meanwhile waits for the greeting.
        folder = HostFolder(arguments.folder.resolve())
    except HostFolderInUse:
        _say(state="in-use")
        return
    try:
        from _orbweaver_spiderhost.preimport import preimport

        preimport()
        from _orbweaver_spiderhost.host import Host
        from _orbweaver_spiderhost.launch import InChild
        from _orbweaver_spiderhost.prefault import share_notes
        from _orbweaver_spiderhost.quicker_scrapy import quicken
        from _orbweaver_spiderhost.rehearsal import rehearse
        from _orbweaver_spiderhost.spider_process import run_child

        quicken()
        rehearse()
        share_notes()
    except Exception as error:
        folder.remove_socket()
        _say(state="failed", message=f"Scrapy cannot be imported: {type(error).__name__}: {error}")
        raise

    host = Host(folder, arguments.idle)
    _say(state="serving")
    log_to_file()
    log("The host serves.")
    gc.collect()
    # The forks share these pages as long as the collector does not write to them.
    gc.freeze()
    child = None
    try:
        host.serve()
    except InChild as in_child:
        child = in_child
    if child is not None:
        host.close_copies()
        run_child(folder.jobs, child.gate, child.prefaults)


def _say(**message: str) -> None:
    # The daemon may have been killed since; the next one finds the socket. Not by print(): what it could not write
    # stays in its buffer, and every fork would write it to its run's stdout.
    with suppress(OSError):
        os.write(1, json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main()
