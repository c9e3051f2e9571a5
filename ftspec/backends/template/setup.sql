-- What an administrator of a real account has done already; the embedded Snowflake runs it once.
CREATE ROLE $embedded_role_name;
CREATE ROLE MY_APP;
GRANT ROLE $embedded_role_name TO ROLE SYSADMIN;
GRANT ROLE MY_APP TO ROLE SYSADMIN;
GRANT CREATE DATABASE ON ACCOUNT TO ROLE $embedded_role_name;
GRANT USAGE ON WAREHOUSE COMPUTE_WH TO ROLE $embedded_role_name;
USE ROLE $embedded_role_name;
CREATE DATABASE $database_name;
CREATE SCHEMA $schema_name;
USE ROLE ACCOUNTADMIN;
USE SCHEMA $schema_name;
