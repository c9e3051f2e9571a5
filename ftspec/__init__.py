"""Plan and apply for fine-tuned models on Snowflake."""

__version__ = "0.1.0"
