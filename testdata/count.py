#!/usr/bin/env python3
"""Count what a folder of CloudTrail log files holds, to check trailbox against.

    python3 testdata/count.py testdata/logs

Shares no code with trailbox: Python's own gzip and json read every *.json and
*.json.gz below the folder, except digest files and aggregated events. Two records
are one event when they are the same, member for member and in the same order.
Counts by something leave out repeats; "(none)" stands for events without it.
"""

import collections
import gzip
import json
import os
import sys

NOT_LOGS = ("CloudTrail-Digest", "CloudTrail-Aggregated")


def log_files(folder):
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(parent, name)
            if name.endswith((".json", ".json.gz")) and not any(other in path for other in NOT_LOGS):
                yield path


def records(path):
    with open(path, "rb") as file:
        content = file.read()
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    return json.loads(content)["Records"]


def is_error(event):
    if event.get("errorCode") is not None or event.get("errorMessage") is not None:
        return True
    answer = event.get("responseElements")
    return isinstance(answer, dict) and "Failure" in answer.values()


def count(folder):
    files = total = 0
    seen = set()
    events = []
    for path in log_files(folder):
        files += 1
        for record in records(path):
            total += 1
            text = json.dumps(record)
            if text not in seen:
                seen.add(text)
                events.append(record)

    def by(value):
        counts = collections.Counter(value(event) for event in events)
        return {"(none)" if key is None else key: number for key, number in counts.items()}

    times = [event["eventTime"] for event in events if event.get("eventTime")]
    return {
        "files": files,
        "records": total,
        "distinctEvents": len(events),
        "repeats": total - len(events),
        "errors": sum(map(is_error, events)),
        "readOnly": sum(event.get("readOnly") in (True, "true") for event in events),
        "firstEventTime": min(times, default=None),
        "lastEventTime": max(times, default=None),
        "byRecipientAccountId": by(lambda event: event.get("recipientAccountId")),
        "byAwsRegion": by(lambda event: event.get("awsRegion")),
        "byEventSource": by(lambda event: event.get("eventSource")),
        "byEventName": by(lambda event: event.get("eventName")),
        "byUserIdentityType": by(lambda event: (event.get("userIdentity") or {}).get("type")),
        "bySourceIPAddress": by(lambda event: event.get("sourceIPAddress")),
    }


def main():
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        sys.exit("usage: count.py FOLDER")
    print(json.dumps(count(sys.argv[1]), indent=2, sort_keys=True))


if __name__ == "__main__":
    main()
