"""A fresh interpreter for one run: `python spider_main.py FOLDER-OF-RECORDS JOB`. The host has set its surroundings."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent))

from _orbweaver_spiderhost.records import Records  # noqa: E402
from _orbweaver_spiderhost.run import Run  # noqa: E402
from _orbweaver_spiderhost.run_records import RunRecords  # noqa: E402
from _orbweaver_spiderhost.spider_process import get_ready, run_spider  # noqa: E402


def main() -> None:
    records = Records(Path(sys.argv[1]))
    record = records.read_start(sys.argv[2])
    if record is None:
        sys.exit(f"There is no start record of {sys.argv[2]!r}.")
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    run = Run.parse(record["run"])
    left = RunRecords(run)
    get_ready(run, left)
    run_spider(records, record, run, left)


if __name__ == "__main__":
    main()
