"""The fine-tuning service of the embedded Snowflake: jobs, training and answers as pure functions of values.

No clock, no files, no server: time and ids come in as arguments.

- `base_models`, `names`: what can be trained, and how models are named
- `calls`, `completions`: SQL arguments to typed calls, and what COMPLETE and AI_COMPLETE give
- `jobs`, `describing`, `failures`: a job's life, what DESCRIBE and SHOW say of it, why it fails
- `training`, `losses`, `tokens`: what training is; `inference`: how a model answers
"""
