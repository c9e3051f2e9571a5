"""The only rooms that touch the outside: files, and Snowflake through its driver."""
