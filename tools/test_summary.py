#!/usr/bin/env python3
"""Adds up what all test programs did: test_summary.py MESON_TESTLOG.json CLI_LOG

A cmocka program counts its cases, any other program counts as one. A program that failed without
naming a failed case (a crash, a time-out, a finding of a sanitizer) counts as one failure. The CLI's
log ends with a line "N passed, N failed[, N skipped]"; a log that is not there adds nothing.
"""
import json
import re
import sys

CMOCKA = re.compile(r"^\[ +(PASSED|FAILED|SKIPPED) +\] +(\d+) test\(s\)", re.MULTILINE)
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.MULTILINE)


def add_meson(path, totals):
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            test = json.loads(line)
            text = (test.get("stdout") or "") + "\n" + (test.get("stderr") or "")
            counts = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
            for word, number in CMOCKA.findall(text):
                counts[word] += int(number)
            good = test["result"] in ("OK", "EXPECTEDFAIL")
            if test["result"] == "SKIP":
                counts["SKIPPED"] += 1
            elif not good and counts["FAILED"] == 0:
                counts["FAILED"] += 1
            elif good and sum(counts.values()) == 0:
                counts["PASSED"] += 1
            for word, number in counts.items():
                totals[word] += number


def add_cli(path, totals):
    try:
        with open(path, encoding="utf-8", errors="replace") as log:
            found = SUMMARY.findall(log.read())
    except FileNotFoundError:
        return
    if not found:
        totals["FAILED"] += 1  # it ended before its summary
        return
    passed, failed, skipped = found[-1]
    totals["PASSED"] += int(passed)
    totals["FAILED"] += int(failed)
    totals["SKIPPED"] += int(skipped or 0)


def main():
    totals = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
    try:
        add_meson(sys.argv[1], totals)
    except FileNotFoundError:
        totals["FAILED"] += 1  # Meson ran nothing
    add_cli(sys.argv[2], totals)
    skipped = f", {totals['SKIPPED']} skipped" if totals["SKIPPED"] else ""
    print(f"{totals['PASSED']} passed, {totals['FAILED']} failed{skipped}")
    return 1 if totals["FAILED"] or not totals["PASSED"] else 0


sys.exit(main())
