INSERT INTO ML.SUPPORT.QUESTIONS VALUES ('Are dogs allowed?', 'Dogs are welcome.', FALSE);
