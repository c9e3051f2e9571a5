INSERT INTO ML.SUPPORT.QUESTIONS VALUES ('May I bring a cat?', 'Cats are welcome.', TRUE);
