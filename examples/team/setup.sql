-- What an administrator would prepare: a warehouse, roles, and a database for each environment.
USE ROLE ACCOUNTADMIN;
CREATE WAREHOUSE DESK_WH;
CREATE ROLE DESK_TRAINER;
CREATE ROLE DESK_APP;
CREATE ROLE DESK_APP_DEV;
CREATE ROLE DESK_AUDITOR;
GRANT ROLE DESK_TRAINER TO ROLE SYSADMIN;
GRANT ROLE DESK_APP TO ROLE SYSADMIN;
GRANT ROLE DESK_APP_DEV TO ROLE SYSADMIN;
GRANT ROLE DESK_AUDITOR TO ROLE SYSADMIN;
GRANT USAGE ON WAREHOUSE DESK_WH TO ROLE DESK_TRAINER;
GRANT CREATE DATABASE ON ACCOUNT TO ROLE DESK_TRAINER;

USE ROLE DESK_TRAINER;
CREATE DATABASE DESK_DEV;
CREATE SCHEMA DESK_DEV.MODELS;
CREATE SCHEMA DESK_DEV.RAW;
CREATE DATABASE DESK_PROD;
CREATE SCHEMA DESK_PROD.MODELS;
CREATE SCHEMA DESK_PROD.RAW;

CREATE TABLE DESK_PROD.RAW.TICKETS (ID INT, REQUEST VARCHAR, DESK VARCHAR, REPLY VARCHAR);
INSERT INTO DESK_PROD.RAW.TICKETS VALUES
  (1, 'The card reader in the canteen refuses every card', 'facilities', 'We have told the company that runs the reader; please pay in cash until Thursday.'),
  (2, 'I need access to the folder of the sales team', 'accounts', 'Your lead has to approve that: we have sent her the request.'),
  (3, 'My laptop does not find the printer on the second floor', 'hardware', 'Please remove the printer and add it again under the name FLOOR2.'),
  (4, 'The heating in room 304 cannot be turned down', 'facilities', 'Somebody comes by this afternoon.'),
  (5, 'I have a new telephone and cannot sign in any more', 'accounts', 'We have reset your second factor: the next sign-in asks you to set it up again.'),
  (6, 'The second screen stays black since the update', 'hardware', 'Please install the new driver from the software shop, and start again.'),
  (7, 'How do I book a room for guests', 'facilities', NULL),
  (8, 'My password has expired while I was on leave', 'accounts', 'Use the link on the sign-in page; it sends a code to your telephone.'),
  (9, 'The keyboard lost its letter E', 'hardware', 'A new one is at the desk for you.'),
  (10, 'The lamp over the stairs flickers', 'facilities', 'We have put it on the list of the electrician, who is here on Fridays.'),
  (11, 'A colleague has left, who gets her mailbox', 'accounts', 'Her lead decides; we keep it closed until then.'),
  (12, 'The battery lasts for twenty minutes', 'hardware', 'That is worth a new one: bring it along before noon.'),
  (13, 'There is water under the sink in the kitchen', 'facilities', 'We have turned the water off; the plumber is on the way.'),
  (14, 'I cannot open the expenses page', 'accounts', NULL),
  (15, 'The docking station makes a high noise', 'hardware', 'Please exchange it at the desk.'),
  (16, 'The bicycle cellar does not open with my card', 'facilities', 'Your card was not on the list; it is now.');
CREATE TABLE DESK_DEV.RAW.TICKETS AS SELECT * FROM DESK_PROD.RAW.TICKETS;
