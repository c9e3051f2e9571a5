-- examples.csv has become the table EXAMPLES: the role that trains may read it.
GRANT SELECT ON TABLE $schema_name.EXAMPLES TO ROLE $embedded_role_name;
