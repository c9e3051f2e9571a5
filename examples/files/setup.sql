-- An account with a table of tickets; the questions and answers of data/faq.jsonl start in the repository.
CREATE WAREHOUSE ML_WH;
CREATE ROLE ML_TRAINER;
GRANT ROLE ML_TRAINER TO ROLE SYSADMIN;
GRANT CREATE DATABASE ON ACCOUNT TO ROLE ML_TRAINER;
GRANT USAGE ON WAREHOUSE ML_WH TO ROLE ML_TRAINER;
USE ROLE ML_TRAINER;
CREATE DATABASE ML;
CREATE SCHEMA ML.LIBRARY;
USE SCHEMA ML.LIBRARY;
CREATE TABLE DESK_TICKETS (QUESTION VARCHAR, ANSWER VARCHAR, SOLVED BOOLEAN);
INSERT INTO DESK_TICKETS VALUES
  ('My card does not open the door.', 'It has run out. Bring it to the desk, and we renew it.', TRUE),
  ('The scanner on the second floor is jammed.', 'We have cleared it. Please lay thin paper in by hand.', TRUE),
  ('I was charged for a book that I brought back.', 'We found it on the shelf and took the fee off.', TRUE),
  ('Nobody answers the telephone on Saturdays.', 'The desk is open on Saturdays, the telephone is not.', TRUE),
  ('The film I reserved is not on the shelf.', 'Reserved films are kept behind the desk.', TRUE),
  ('My e-book ends in the middle.', 'Load it again: the file was cut off on its way.', TRUE),
  ('I cannot log in to the catalogue.', 'Your birthday is the first password. Change it then.', TRUE),
  ('The reading room is too cold.', 'The heating is repaired since Monday.', TRUE),
  ('Two seats in the hall are broken.', 'They are replaced.', TRUE),
  ('The map of 1750 is shown upside down.', 'Thank you. It is turned.', TRUE),
  ('May I keep the atlas over the holidays?', 'Yes, it is yours until the tenth.', TRUE),
  ('Where did the newspapers go?', 'To the ground floor, beside the café.', TRUE),
  ('Will you buy the new dictionary?', NULL, FALSE);
