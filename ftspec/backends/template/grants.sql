-- examples.csv has become the table EXAMPLES: the role that trains may read it.
GRANT SELECT ON TABLE ML.MODELS.EXAMPLES TO ROLE ML_TRAINER;
