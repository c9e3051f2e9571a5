CREATE ROLE ML_TRAINER;
CREATE ROLE SUPPORT_APP;
GRANT ROLE ML_TRAINER TO ROLE SYSADMIN;
GRANT ROLE SUPPORT_APP TO ROLE SYSADMIN;
GRANT CREATE DATABASE ON ACCOUNT TO ROLE ML_TRAINER;
USE ROLE ML_TRAINER;
CREATE DATABASE ML;
CREATE SCHEMA ML.SUPPORT;
USE SCHEMA ML.SUPPORT;
CREATE TABLE QUESTIONS (QUESTION VARCHAR, ANSWER VARCHAR, HELD_OUT BOOLEAN);
INSERT INTO QUESTIONS VALUES
  ('When do you open?', 'We open at nine.', FALSE),
  ('When do you close?', 'We close at six.', FALSE),
  ('Do you take cards?', 'We take cards and cash.', FALSE),
  ('Where can I park?', 'There is a car park behind the house.', FALSE),
  ('Is there parking?', 'There is a car park behind the house.', TRUE);
