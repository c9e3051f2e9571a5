"""Plan and apply for fine-tuned models on Snowflake.

`ftspec.operations` is what the command line calls, and what a program may call: it takes values and a session, and
gives values. Importing this package imports nothing else.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
