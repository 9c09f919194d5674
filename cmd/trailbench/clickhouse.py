"""ClickHouse as a library: runs the statements of the standard input over a folder and a new
database, and prints how many events that has then."""

import os
import sys

from chdb import session

folder, database = sys.argv[1:]
clickhouse = session.Session(database)
text = sys.stdin.read().replace("$folder", folder.replace("'", "\\'")).replace("$threads", str(os.cpu_count()))
for statement in text.split(";\n"):
    if statement.strip():
        clickhouse.query(statement)
print(clickhouse.query("SELECT count() FROM trail.events", "TabSeparated").data().strip())
clickhouse.close()
