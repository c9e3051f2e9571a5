INSERT INTO ML.SUPPORT.QUESTIONS VALUES ('Is there a lift?', 'There is a lift to all floors.', FALSE),
  ('Is there a shop?', 'The shop is on the ground floor.', FALSE);
