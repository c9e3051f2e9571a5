"""The embedded Snowflake: a server that speaks Snowflake's wire protocol to the real driver.

It is written from Snowflake's documentation, imports nothing of the rest of ftspec, keeps its data in one
folder, and refuses what Snowflake refuses: a statement it does not know is an "unsupported feature" error,
never a made-up success.
"""
