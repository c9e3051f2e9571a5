-- What an administrator would prepare: a warehouse, a role that trains, a role of the application.
USE ROLE ACCOUNTADMIN;
CREATE WAREHOUSE ML_WH;
CREATE ROLE ML_TRAINER;
CREATE ROLE SUPPORT_APP;
-- Whoever administers may act as either: SYSADMIN inherits both, ACCOUNTADMIN inherits SYSADMIN.
GRANT ROLE ML_TRAINER TO ROLE SYSADMIN;
GRANT ROLE SUPPORT_APP TO ROLE SYSADMIN;
GRANT USAGE ON WAREHOUSE ML_WH TO ROLE ML_TRAINER;
GRANT CREATE DATABASE ON ACCOUNT TO ROLE ML_TRAINER;

-- ML_TRAINER owns the database and the schema: it may train there, and grant what it made.
-- SUPPORT_APP starts with nothing; privileges.yaml says what it gets.
USE ROLE ML_TRAINER;
CREATE DATABASE ML;
CREATE SCHEMA ML.SUPPORT;

-- The tables that are loaded next land here.
USE ROLE ACCOUNTADMIN;
USE DATABASE ML;
USE SCHEMA SUPPORT;
