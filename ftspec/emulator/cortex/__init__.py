"""The fine-tuning service of the embedded Snowflake: jobs, training and answers as pure functions of values.

No clock, no files, no server: time and ids come in as arguments.
"""
