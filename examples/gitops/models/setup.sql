USE ROLE ACCOUNTADMIN;
CREATE WAREHOUSE ML_WH;
CREATE ROLE ML_TRAINER;
CREATE ROLE WEBSITE;
GRANT ROLE ML_TRAINER TO ROLE SYSADMIN;
GRANT ROLE WEBSITE TO ROLE SYSADMIN;
GRANT USAGE ON WAREHOUSE ML_WH TO ROLE ML_TRAINER;
GRANT CREATE DATABASE ON ACCOUNT TO ROLE ML_TRAINER;
USE ROLE ML_TRAINER;
CREATE DATABASE ML;
CREATE SCHEMA ML.ANSWERS;
CREATE TABLE ML.ANSWERS.QUESTIONS (QUESTION VARCHAR, ANSWER VARCHAR);
INSERT INTO ML.ANSWERS.QUESTIONS VALUES
  ('When do you open?', 'At nine, on Sundays at ten.'),
  ('Do you take cards?', 'We take cards, cash and vouchers.'),
  ('Where can I leave my bicycle?', 'In the yard behind the house.'),
  ('Can I bring something back?', 'Within thirty days, with the receipt.'),
  ('Do you repair clocks?', 'Clocks yes, watches no.'),
  ('Is there a lift?', 'At the side entrance, ring the bell.');
