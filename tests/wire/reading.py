"""Run statements through whichever driver this Python has, and print what its user would see, as JSON.

The arguments of the connection and the statements come as JSON on standard input. Imports nothing of these tests: it
runs with either driver.
"""

import json
import re
import sys
import warnings

import snowflake.connector

QUERY_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def main():
    asked = json.load(sys.stdin)
    major = int(snowflake.connector.__version__.split(".")[0])
    # 5.x warns of a default of its own; ftspec sets it in the same way.
    options = {"enable_server_session_keep_alive_auto_detection": False} if major > 4 else {}
    with snowflake.connector.connect(**asked["parameters"], **options) as connection:
        answers = [observe(connection, statement) for statement in asked["statements"]]
    json.dump({"major": major, "answers": answers}, sys.stdout)


def observe(connection, statement):
    cursor = connection.cursor()
    try:
        cursor.execute(statement)
        rows = cursor.fetchall()
    except snowflake.connector.Error as error:
        return describe_error(error)
    finally:
        cursor.close()
    return {
        "columns": [
            [column.name, column.type_code, column.precision, column.scale, column.is_nullable]
            for column in cursor.description
        ],
        "rows": [[f"{type(value).__module__}.{type(value).__name__} {value!r}" for value in row] for row in rows],
        "rowcount": cursor.rowcount,
        "query id": bool(QUERY_ID.fullmatch(cursor.sfqid or "")),
    }


def describe_error(error):
    return {
        "class": type(error).__name__,
        "bases": [base.__name__ for base in type(error).__mro__[1:3]],
        "errno": error.errno,
        "sqlstate": error.sqlstate,
        "raw_msg": error.raw_msg,
        "msg": error.msg,
        "query id": bool(QUERY_ID.fullmatch(error.sfqid or "")),
    }


warnings.simplefilter("error")
main()
