"""Read, filter, make and save data frames with Snowpark."""

import json
import sys

from snowflake.snowpark import Session
from snowflake.snowpark.exceptions import SnowparkSQLException
from snowflake.snowpark.functions import col


def rows(frame):
    return [list(row) for row in frame.collect()]


session = Session.builder.configs(json.load(sys.stdin)).create()
session.sql("CREATE DATABASE FRAMES").collect()
session.use_schema("FRAMES.PUBLIC")
made = session.create_dataframe([[1, "a"], [2, "b"], [3, "b"]], schema=["N", "LETTER"])
made.write.save_as_table("SAVED", mode="overwrite")
session.create_dataframe([[4, "c"]], schema=["N", "LETTER"]).write.save_as_table("SAVED", mode="append")
saved = session.table("SAVED")
told = {
    "role": session.get_current_role(),
    "schema": [[field.name, str(field.datatype)] for field in saved.schema],
    "filtered": rows(saved.filter(col("N") > 1).select("LETTER", (col("N") * 10).alias("TENFOLD")).sort("TENFOLD")),
    "grouped": rows(saved.group_by("LETTER").count().sort("LETTER")),
    "joined": rows(saved.join(session.table("SAVED").select(col("N").alias("M")), col("N") == col("M")).sort("N"))[:1],
    "pandas": [int(number) for number in saved.sort("N").to_pandas()["N"]],
    "bound": rows(session.sql("SELECT ? AS A, ? AS B", params=[7, "x"])),
    "updated": saved.update({"LETTER": "z"}, col("N") == 1).rows_updated,
    "deleted": saved.delete(col("N") == 2).rows_deleted,
    "count": saved.count(),
}
saved.create_or_replace_view("SEEN")
told["view"] = rows(session.table("SEEN").sort("N"))
try:
    session.call("NO_SUCH_PROCEDURE", 1)
except SnowparkSQLException as error:
    told["call"] = str(error)
print(json.dumps(told))
