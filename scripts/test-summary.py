#!/usr/bin/env python3
"""Adds up the results of scripts/test.sh: `test-summary.py FOLDER [FAILED_STEP ...]`.

FOLDER holds JUnit XML files. A failed step without failed tests of its own (a build, lint) counts as one failure, so
the closing line and the exit status always agree.
"""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def main() -> int:
    folder, failed_steps = pathlib.Path(sys.argv[1]), sys.argv[2:]
    passed = failed = skipped = 0
    for path in sorted(folder.glob("*.xml")):
        for case in ElementTree.parse(path).iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
                print(f"failed: {case.get('classname')}.{case.get('name')}")
            elif case.find("skipped") is not None:
                skipped += 1
            else:
                passed += 1
    for step in failed_steps:
        print(f"failed step: {step}")
    # Every failed step must show in the count, also one whose runner died before it wrote its results.
    failed = max(failed, len(failed_steps))
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
